//! TLS before a service that speaks none, with a certificate for which nobody vouches.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

pub struct Tls {
    pub url: String,
    /// For those who shall trust it.
    pub certificate: PathBuf,
}

impl Tls {
    pub async fn before(service: SocketAddr) -> Tls {
        let pem = own_certificate();
        let certificate = CertificateDer::from_pem_slice(&pem).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(&pem).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
        let acceptor = TlsAcceptor::from(Arc::new(config.expect("the key is the certificate's")));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A visitor who does not trust the certificate goes away here.
                    let mut visitor = acceptor.accept(visitor).await?;
                    copy_bidirectional(&mut visitor, &mut TcpStream::connect(service).await?).await
                });
            }
        });
        let file = std::env::temp_dir().join(format!("admit-tls-{}-{}.pem", std::process::id(), address.port()));
        fs::write(&file, pem).expect("the certificate is written");
        Tls { url: format!("https://{address}"), certificate: file }
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.certificate);
    }
}

/// And its key, in PEM.
fn own_certificate() -> Vec<u8> {
    let asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=table \
                 -addext basicConstraints=CA:FALSE -addext subjectAltName=IP:127.0.0.1 -keyout - -out -";
    let made = Command::new("openssl").args(asked.split_whitespace()).output().expect("openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}
