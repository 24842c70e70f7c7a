//! Route 53 and Amazon ECR.
