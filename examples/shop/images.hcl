image "front" {
  repository = "shop/front"
  source     = "oci:images/front:1.0"

  keep {
    last = 20
  }
}

image "api" {
  repository = "shop/api"
  source     = "oci:images/api:1.0"

  keep {
    last = 20
  }
}
