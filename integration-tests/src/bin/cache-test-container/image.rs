//! Images that the daemon has.

use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::ImageInspect;

/// An image by its name, as it is at this moment.
#[derive(Debug)]
pub(crate) struct Image<'a> {
    pub(crate) name: &'a str,
    pub(crate) digest: String,
}

/// Finds the first image that is there.
pub(crate) async fn first<'a>(
    docker: &Docker,
    names: &'a [String],
) -> Result<Option<Image<'a>>, Error> {
    for name in names {
        if let Some(digest) = digest(docker, name).await? {
            return Ok(Some(Image { name, digest }));
        }
    }
    Ok(None)
}

/// The digest of an image; `None` where it is not there.
pub(crate) async fn digest(docker: &Docker, name: &str) -> Result<Option<String>, Error> {
    match docker.inspect_image(name).await {
        Ok(image) => Ok(Some(digest_of(image))),
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// That of its registry, or its own.
fn digest_of(image: ImageInspect) -> String {
    let of_registry = image
        .repo_digests
        .and_then(|digests| digests.into_iter().next());
    let name = of_registry.or(image.id).unwrap_or_default();
    let digest = name.rsplit('@').next().unwrap_or_default();
    digest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_registry_comes_before_that_of_the_machine() {
        let made = ImageInspect {
            id: Some("sha256:made".to_owned()),
            repo_digests: Some(Vec::new()),
            ..ImageInspect::default()
        };
        assert_eq!(digest_of(made.clone()), "sha256:made");
        let fetched = ImageInspect {
            repo_digests: Some(vec!["redis@sha256:fetched".to_owned()]),
            ..made
        };
        assert_eq!(digest_of(fetched), "sha256:fetched");
    }
}
