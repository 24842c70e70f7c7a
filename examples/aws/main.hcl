# Route 53 and ECR in two regions. Credentials, profiles and roles are found as the AWS CLI finds them.

lifeboat {
  stack            = "shop-prod"
  required_version = ">= 0.1"
}

variable "account" {
  type        = string
  description = "The only account that may be read and written."
  default     = "123456789012"
}

provider "aws" {
  allowed_account = var.account
}

region "virginia" {
  provider = "aws"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "aws"
  location = "eu-west-1"
  role     = "failover"
}

# The zone exists already and stays its owner's: only the names below are ours.
zone "main" {
  provider = "aws"
  name     = "example.com"
}
