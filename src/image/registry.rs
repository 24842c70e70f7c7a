//! Images that are in a registry.

use lifeboat_contract::RepositoryName;
use lifeboat_oci::reference::{Host, Reference};

use super::Places;
use crate::lock::LockedImage;

#[cfg(feature = "registry")]
pub(super) async fn measure(
    host: &Host,
    repository: &RepositoryName,
    reference: &Reference,
    places: &Places<'_>,
) -> Result<LockedImage, String> {
    use lifeboat_oci::registry::{Client, Credentials, RegistryError};

    let logins = places.logins.map(Credentials::read).transpose();
    let logins =
        logins.map_err(|_| "the file with your registries' logins is broken".to_owned())?;
    let told = |error: RegistryError| crate::diagnostic::chain(&error);
    let client = Client::new(logins.unwrap_or_default()).map_err(told)?;
    let digest = client.resolve(host, repository, reference).await.map_err(told)?;
    let measured = client.measure(host, repository, &digest).await.map_err(told)?;
    let blobs = u32::try_from(measured.blobs).unwrap_or(u32::MAX);
    let platforms = measured.platforms.into_iter().collect();
    let (source, bytes) = (String::new(), measured.bytes);
    Ok(LockedImage { digest, source, blobs, bytes, platforms, build: None })
}

#[cfg(not(feature = "registry"))]
pub(super) async fn measure(
    _host: &Host,
    _repository: &RepositoryName,
    _reference: &Reference,
    _places: &Places<'_>,
) -> Result<LockedImage, String> {
    Err("this Lifeboat was built without registries (feature `registry`)".to_owned())
}
