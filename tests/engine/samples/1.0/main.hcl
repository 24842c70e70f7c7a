lifeboat {
  stack = "sample"
}

region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "local"
  location = "eu-west-1"
}

image "web" {
  repository = "sample/web"
  source     = "oci:image:1.0"

  keep {
    last = 20
  }
}

zone "main" {
  provider = "local"
  name     = "example.com"
  create   = true
  comment  = "A sample"
}

health_check "web" {
  for_each = region
  url      = "https://web.${each.value.location}.example.com/healthz"
  contains = "ok"
}

health_check "port" {
  url = "tcp://192.0.2.10:443"
}

health_check "both" {
  all_of = [health_check.web["virginia"], health_check.port]
}


record "alias" {
  zone = zone.main
  name = "alias"
  type = "A"

  alias {
    name = "www"
  }
}

failover "www" {
  zone = zone.main
  name = "www"
  ttl  = "45s"

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.10"]
    health_check = health_check.both
    runs         = [image.web]
  }

  target "standby" {
    region       = region.ireland
    values       = ["198.51.100.10"]
    health_check = health_check.web["ireland"]
    runs         = [image.web]
  }
}

failover "api" {
  zone = zone.main
  name = "api"

  target "one" {
    region = region.virginia
    values = ["192.0.2.20"]
    tier   = 1
    weight = 3
  }

  target "two" {
    region = region.ireland
    values = ["198.51.100.20"]
    tier   = 1
  }

  target "three" {
    region = region.ireland
    values = ["198.51.100.30"]
    tier   = 2
  }
}

output "url" {
  value = "https://${failover.www.name}.${zone.main.name}"
}
