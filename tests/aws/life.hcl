lifeboat {
  stack = "life"
}

provider "aws" {
  allowed_account = "123456789012"
}

region "virginia" {
  provider = "aws"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "aws"
  location = "eu-west-1"
}

zone "main" {
  provider = "aws"
  name     = "life.example"
  create   = true
  comment  = "A life"
}

health_check "web" {
  for_each = region
  url      = "https://web.${each.value.location}.life.example/healthz"
  contains = "ok"
  interval = "10s"
}

health_check "queue" {
  url = "tcp://192.0.2.5:5672"
}

health_check "both" {
  all_of = [health_check.web["virginia"], health_check.queue]
}

record "mail" {
  zone   = zone.main
  name   = "@"
  type   = "MX"
  values = ["10 mail.life.example", "20 mail.example.org"]
}

record "text" {
  zone   = zone.main
  name   = "text"
  type   = "TXT"
  ttl    = "1h"
  values = ["a \"quoted\" text; with a back\\slash"]
}

record "any" {
  zone   = zone.main
  name   = "*"
  type   = "CNAME"
  values = ["www.life.example"]
}

failover "www" {
  zone = zone.main
  name = "www"

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

  target "main" {
    tier         = 1
    region       = region.virginia
    values       = ["192.0.2.20"]
    health_check = health_check.web["virginia"]
  }
  target "heavy" {
    tier         = 2
    weight       = 3
    region       = region.ireland
    values       = ["198.51.100.20"]
    health_check = health_check.web["ireland"]
  }
  target "light" {
    tier         = 2
    region       = region.ireland
    values       = ["198.51.100.21"]
    health_check = health_check.web["ireland"]
  }
  target "sorry" {
    tier   = 3
    region = region.virginia
    values = ["192.0.2.99"]
  }
}

image "web" {
  repository = "life/web"
  source     = "oci:image"

  readers    = ["210987654321"]

  tags = {
    team = "boats"
    cost = "low"
  }

  keep {
    last = 5
  }
}
