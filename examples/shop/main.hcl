# A shop in two regions: a Node.js API and a React front behind Nginx.

lifeboat {
  stack            = "shop"
  required_version = ">= 0.1"
}

variable "domain" {
  type    = string
  default = "shop.example.com"

  validation {
    condition     = endswith(var.domain, ".example.com")
    error_message = "This example keeps to names that nobody uses."
  }
}

locals {
  # The load balancers of each region.
  front = {
    virginia = ["192.0.2.10", "192.0.2.11"]
    ireland  = ["198.51.100.10", "198.51.100.11"]
  }
  api = {
    virginia = ["192.0.2.20"]
    ireland  = ["198.51.100.20"]
  }
}

region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "local"
  location = "eu-west-1"
  role     = "failover"
}

zone "shop" {
  provider = "local"
  name     = var.domain
  create   = true
  comment  = "The shop's names"
}

output "urls" {
  value = [for name in ["www", "api"] : "https://${name}.${zone.shop.name}"]
}
