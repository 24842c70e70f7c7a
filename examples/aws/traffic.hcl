# What is served, from where, and how its health is known.

health_check "web" {
  for_each = region
  url      = "https://web.${each.value.location}.example.com/healthz"
  interval = "10s"
  failures = 3
}

# Each region has its own replica of the database, and is well only with it.
health_check "database" {
  for_each = region
  url      = "tcp://db.${each.value.location}.example.com:5432"
  interval = "10s"
}

health_check "region" {
  for_each = region
  all_of   = [health_check.web[each.key], health_check.database[each.key]]
}

failover "www" {
  zone = zone.main
  name = "www"
  type = "A"
  ttl  = "60s"

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.10"]
    health_check = health_check.region["virginia"]
    runs         = [image.web]
  }

  target "standby" {
    region       = region.ireland
    values       = ["198.51.100.10"]
    health_check = health_check.region["ireland"]
    runs         = [image.web]
  }
}

record "mail" {
  zone   = zone.main
  name   = "@"
  type   = "MX"
  ttl    = "1h"
  values = ["10 mail.example.com"]
}
