# Everything here lives in a cloud on your own disk: nothing has to be set up, and nothing is sent.

lifeboat {
  stack = "quickstart"
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

image "web" {
  repository = "quickstart/web"
  source     = "oci:image:1.0"
}

zone "main" {
  provider = "local"
  name     = "example.com"
  create   = true
}

health_check "web" {
  for_each = region
  url      = "https://web.${each.value.location}.example.com/healthz"
  interval = "10s"
  failures = 3
}

failover "www" {
  zone = zone.main
  name = "www"
  type = "A"
  ttl  = "30s"

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.10"]
    health_check = health_check.web["virginia"]
    runs         = [image.web]
  }

  target "standby" {
    region       = region.ireland
    values       = ["198.51.100.10"]
    health_check = health_check.web["ireland"]
    runs         = [image.web]
  }
}

objective "www" {
  protects = failover.www
  rto      = "3m"
}

output "url" {
  value = "https://${failover.www.name}.${zone.main.name}"
}
