# Written by `lifeboat lock`. Commit it beside the configuration.

format_version = "1.0"

image "api" {
  digest = "sha256:b101f5764c61f136d8ae4da9475cba12230a18cf37b83fab4e7b7f7b663951bf"
  source = "oci:images/api:1.0"
  blobs = 4
  bytes = 2346
}

image "front" {
  digest = "sha256:a450c5e29484ec7467b5b845cf29ec19ec570d4013cd9c6ce2ac6fdee2d8404a"
  source = "oci:images/front:1.0"
  blobs = 5
  bytes = 2975
}
