/// An authority that is nobody's, with certificates of servers and a client that it signed, in PEM, for tests of TLS. All
/// have one key, which is no secret.
package enum TestAuthority {
  /// The authority's own certificate.
  package static let authority = """
    -----BEGIN CERTIFICATE-----
    MIIBZzCCAQ6gAwIBAgIUNRF9nqU/1/KeSGL0lj3aHT5wasYwCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
    MDAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
    zj0CAQYIKoZIzj0DAQcDQgAEMe4t1yIZDDtrz6SIO8OfDvIZF9PZs/nh2dc7nmG5
    nQAPGw5P9K3g3cJM0AjIHw7Zalwd0Dqc+EfeGY/3grDhsKMyMDAwDwYDVR0TAQH/
    BAUwAwEB/zAdBgNVHQ4EFgQUsiKM643kpUc1BcXW1BYRLah2abcwCgYIKoZIzj0E
    AwIDRwAwRAIga1Yd/4TnBmHW36Rgi6j8Eycj7m9BvxqzF1PRDBRfigMCIFRlxlnL
    uRvkqyghKFnMaLV/JzDFdhn0wTuZQYvc3q+X
    -----END CERTIFICATE-----
    """

  /// A server's, of 127.0.0.1, `localhost` and every name directly under `engines.test`.
  package static let server = """
    -----BEGIN CERTIFICATE-----
    MIIBfjCCASWgAwIBAgIUW66Y0hCrfxIx4KlixyuFtr7UrrUwCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
    MDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBnNlcnZlcjBZMBMGByqGSM49AgEGCCqG
    SM49AwEHA0IABL70ljgg9Qjhv3RJHK3SO9iafKJ/yFELc5+R2iCLTuJdrUkWVnJn
    Ldzqb31tCWsdc4DNy9BdkM0UOlHW0AN/SdqjUTBPMCoGA1UdEQQjMCGCCWxvY2Fs
    aG9zdIcEfwAAAYIOKi5lbmdpbmVzLnRlc3QwDAYDVR0TAQH/BAIwADATBgNVHSUE
    DDAKBggrBgEFBQcDATAKBggqhkjOPQQDAgNHADBEAiB4Rg7s7Iiz/Dino3I/dLZ8
    PlzdwvpIOtDBQAW+6G1YXQIgG0lRTt9Bdjfw4z+HOb788x8T249NFUFYy0ixyJsX
    6AY=
    -----END CERTIFICATE-----
    """

  /// A server's that expired in 2021.
  package static let expired = """
    -----BEGIN CERTIFICATE-----
    MIIBbzCCARSgAwIBAgIUchMBfOPgbBSO4ZonEZY2yjbT+FgwCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwHhcNMjAwMTAxMDAwMDAwWhcNMjEw
    MTAxMDAwMDAwWjASMRAwDgYDVQQDDAdleHBpcmVkMFkwEwYHKoZIzj0CAQYIKoZI
    zj0DAQcDQgAEvvSWOCD1COG/dEkcrdI72Jp8on/IUQtzn5HaIItO4l2tSRZWcmct
    3OpvfW0Jax1zgM3L0F2QzRQ6UdbQA39J2qNBMD8wGgYDVR0RBBMwEYIJbG9jYWxo
    b3N0hwR/AAABMAwGA1UdEwEB/wQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEwCgYI
    KoZIzj0EAwIDSQAwRgIhAN5mxIIfWub0yO8lPuYSMQrY04RofvTXfvZOJrtezexY
    AiEArI3FG5RE32BdlE935MZ90Fvs5RGV0uzON7x4cKWcVdg=
    -----END CERTIFICATE-----
    """

  /// A server's that begins in 2110.
  package static let future = """
    -----BEGIN CERTIFICATE-----
    MIIBcTCCARegAwIBAgIUaLd4IpktEfy8qrszKnj37ID/2hQwCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIhgPMjExMDAxMDEwMDAwMDBaGA8y
    MTIwMDEwMTAwMDAwMFowETEPMA0GA1UEAwwGZnV0dXJlMFkwEwYHKoZIzj0CAQYI
    KoZIzj0DAQcDQgAEvvSWOCD1COG/dEkcrdI72Jp8on/IUQtzn5HaIItO4l2tSRZW
    cmct3OpvfW0Jax1zgM3L0F2QzRQ6UdbQA39J2qNBMD8wGgYDVR0RBBMwEYIJbG9j
    YWxob3N0hwR/AAABMAwGA1UdEwEB/wQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwEw
    CgYIKoZIzj0EAwIDSAAwRQIhALCorTe1tk8TkMOoLsKEOwIVzW2lpoSa6bcsR4m7
    JCjfAiB6pvuGh5FSBi3NeChShdbvc6pEa4LG1XvbfiIhKiu+0w==
    -----END CERTIFICATE-----
    """

  /// A server's of `other.test` alone.
  package static let other = """
    -----BEGIN CERTIFICATE-----
    MIIBaDCCAQ+gAwIBAgIUZAAT6flnCp1Bq/yB84NyHC1OOEswCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
    MDAxMDEwMDAwMDBaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZI
    zj0DAQcDQgAEvvSWOCD1COG/dEkcrdI72Jp8on/IUQtzn5HaIItO4l2tSRZWcmct
    3OpvfW0Jax1zgM3L0F2QzRQ6UdbQA39J2qM8MDowFQYDVR0RBA4wDIIKb3RoZXIu
    dGVzdDAMBgNVHRMBAf8EAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAoGCCqGSM49
    BAMCA0cAMEQCIBTbmgTUxW3E4DqscjxxxTPlvTrl/Ghy+ZoWF1Euo307AiAUvPKx
    GSspd/8g7Ep5SWyiHllbWzFKtjrzboFNK/8SRw==
    -----END CERTIFICATE-----
    """

  /// A client's.
  package static let client = """
    -----BEGIN CERTIFICATE-----
    MIIBbDCCARGgAwIBAgIUQujtlkFZZd41+veD5eOg72DvB/AwCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
    MDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49AgEGCCqG
    SM49AwEHA0IABL70ljgg9Qjhv3RJHK3SO9iafKJ/yFELc5+R2iCLTuJdrUkWVnJn
    Ldzqb31tCWsdc4DNy9BdkM0UOlHW0AN/SdqjPTA7MBYGA1UdEQQPMA2CC2NsaWVu
    dC50ZXN0MAwGA1UdEwEB/wQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwCgYIKoZI
    zj0EAwIDSQAwRgIhANlegiT+BmVZL+f6nIZPoBjhTUbmUQz4Qcs92hErvRbyAiEA
    1TQvf6HBmyjQBoTfo9L7TkSkAuN1EAl5dBHl6531XgQ=
    -----END CERTIFICATE-----
    """

  package static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3kKy9dRCjsiW0Ha6
    2/oLU0tycTGQmtfQzHS6OkkB5JqhRANCAAS+9JY4IPUI4b90SRyt0jvYmnyif8hR
    C3Ofkdogi07iXa1JFlZyZy3c6m99bQlrHXOAzcvQXZDNFDpR1tADf0na
    -----END PRIVATE KEY-----
    """
}
