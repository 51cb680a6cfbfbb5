/// A self-signed certificate of 127.0.0.1 and its key, in PEM, for tests of TLS. The key is no secret.
package enum TestCertificate {
  package static let text = """
    -----BEGIN CERTIFICATE-----
    MIIBlTCCATugAwIBAgIUcBAjxWVB4XZW4PKq9/e6fspKV4MwCgYIKoZIzj0EAwIw
    ETEPMA0GA1UEAwwGZW5naW5lMCAXDTI2MTEyMzA1Mzg0NloYDzIxMjYxMDMwMDUz
    ODQ2WjARMQ8wDQYDVQQDDAZlbmdpbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
    AASoGow3kIS7hdlj5633oHsZ/KMkAxlDH99uo+mbnvhuhP1OKzeoh4MN3UU56V5L
    Pmn3UHewEucLYOaVcLkp/QvGo28wbTAdBgNVHQ4EFgQUzZnbkClNTf/e6+XJdstO
    0DK9VVAwHwYDVR0jBBgwFoAUzZnbkClNTf/e6+XJdstO0DK9VVAwDwYDVR0TAQH/
    BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
    SAAwRQIgD9/K0Yjn39rdkvFh6tTfRu13ryYvM0MKJm4o/5OWh6QCIQD9ZR/0mZDX
    27X7odCwIb3CBessQ/4/szO0i47BhscPsw==
    -----END CERTIFICATE-----
    """

  package static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgC2Sc6SoeRyqP+8MC
    uLZH9m9awDwxBum4WEKU2+i2GHOhRANCAASoGow3kIS7hdlj5633oHsZ/KMkAxlD
    H99uo+mbnvhuhP1OKzeoh4MN3UU56V5LPmn3UHewEucLYOaVcLkp/QvG
    -----END PRIVATE KEY-----
    """
}
