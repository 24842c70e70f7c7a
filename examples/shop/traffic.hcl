health_check "front" {
  for_each = region
  url      = "https://front.${each.value.location}.${var.domain}/healthz"
  interval = "10s"
  failures = 3
}

health_check "api" {
  for_each = region
  url      = "https://api.${each.value.location}.${var.domain}/healthz"
  interval = "10s"
  failures = 3
  contains = "\"ok\":true"
}

# A page without its API is no shop: a region serves only while both are well.
health_check "region" {
  for_each = region
  all_of   = [health_check.front[each.key], health_check.api[each.key]]
}

failover "www" {
  zone = zone.shop
  name = "www"
  ttl  = "60s"

  target "primary" {
    region       = region.virginia
    values       = local.front["virginia"]
    health_check = health_check.region["virginia"]
    runs         = [image.front]
  }

  target "standby" {
    region       = region.ireland
    values       = local.front["ireland"]
    health_check = health_check.region["ireland"]
    runs         = [image.front]
  }
}

failover "api" {
  zone = zone.shop
  name = "api"
  ttl  = "60s"

  target "primary" {
    region       = region.virginia
    values       = local.api["virginia"]
    health_check = health_check.region["virginia"]
    runs         = [image.api]
  }

  target "standby" {
    region       = region.ireland
    values       = local.api["ireland"]
    health_check = health_check.region["ireland"]
    runs         = [image.api]
  }
}

record "apex" {
  zone = zone.shop
  name = "@"
  type = "TXT"
  ttl  = "1h"

  values = ["v=spf1 -all"]
}

record "shop" {
  for_each = toset(["checkout", "cart"])
  zone     = zone.shop
  name     = each.key
  type     = "CNAME"
  ttl      = "5m"
  values   = ["www.${var.domain}"]
}

objective "www" {
  protects = failover.www
  survive  = 1
  rto      = "3m"
  quantile = 0.95
  clients  = "honest"
}
