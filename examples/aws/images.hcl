# The image that both regions run, copied by digest.

image "web" {
  repository = "shop/web"
  source     = "oci:image"
  regions    = [region.virginia, region.ireland]
  immutable  = true
  scan       = true
  readers    = ["111122223333"]

  tags = {
    team = "shop"
  }

  keep {
    last = 20
  }
}
