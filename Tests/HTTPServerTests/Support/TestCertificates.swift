import NIOSSL

@testable import HTTPServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Certificates that nobody trusts, and their keys, in files of a folder that is removed with this value.
final class TestCertificates: Sendable {
    private let folder: String
    var certificatePath: String { folder + "/certificate.pem" }
    var keyPath: String { folder + "/key.pem" }

    /// Has the first certificate and its key in the files.
    init() throws {
        var template = Array("/tmp/kvick-tls-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw ServerTLSError("no folder for temporary files")
        }
        folder = String(cString: made)
        write(Self.first.certificate, to: certificatePath)
        write(Self.first.key, to: keyPath)
    }

    deinit {
        for path in [certificatePath, keyPath] { unlink(path) }
        rmdir(folder)
    }

    func tls() throws -> ServerTLS {
        try ServerTLS(certificatePath: certificatePath, keyPath: keyPath)
    }

    func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// Valid for a hundred years from 2026.
    static let first = (
        certificate: """
        -----BEGIN CERTIFICATE-----
        MIIBnTCCAUOgAwIBAgIUQIrZcdrhJoAweJEBJ3j1Iiu3z1YwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKZmlyc3QudGVzdDAgFw0yNjExMjIxMjU3NDhaGA8yMTI2MTAy
        OTEyNTc0OFowFTETMBEGA1UEAwwKZmlyc3QudGVzdDBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABJzkP9p17Q7WwfjG54H/yTSTP66PxAsCH500BCXuI8lQEc7ubSax
        gzq+EPYJwtwvqLd492o50AcyP9WE+Q2UtkWjbzBtMB0GA1UdDgQWBBTI2ASFsoVN
        u7QOz08NYm81d/X09jAfBgNVHSMEGDAWgBTI2ASFsoVNu7QOz08NYm81d/X09jAP
        BgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAKBggq
        hkjOPQQDAgNIADBFAiEAjmbbMv0xYLw8qtzRxbj1l3fdwKwybYdd/PeXVH7oYzsC
        IHhpm+dwNCBOHpzGOyfJCA1s+8lDkthYhHm084HZLTxI
        -----END CERTIFICATE-----

        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgaWBaKAPSGaluqnl4
        71rnc+M0L1Q9J/mHkExyQTd8ksqhRANCAASc5D/ade0O1sH4xueB/8k0kz+uj8QL
        Ah+dNAQl7iPJUBHO7m0msYM6vhD2CcLcL6i3ePdqOdAHMj/VhPkNlLZF
        -----END PRIVATE KEY-----

        """
    )

    /// Another.
    static let second = (
        certificate: """
        -----BEGIN CERTIFICATE-----
        MIIBgzCCASmgAwIBAgIUWl+1w0UMLk6XK91J14G/RgBpjVswCgYIKoZIzj0EAwIw
        FjEUMBIGA1UEAwwLc2Vjb25kLnRlc3QwIBcNMjYxMTIyMTI1NzQ4WhgPMjEyNjEw
        MjkxMjU3NDhaMBYxFDASBgNVBAMMC3NlY29uZC50ZXN0MFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEPSIfbuJBjBOEJjxr4H/1I/iAIQvI5m4bF3yzsEwnPEPmvZdn
        j1uKCsuEqN//USJvAjhKVsGgxN+rkwPr9OF7v6NTMFEwHQYDVR0OBBYEFJmCKsJ/
        Fq09nkUTiafqadDwXkTfMB8GA1UdIwQYMBaAFJmCKsJ/Fq09nkUTiafqadDwXkTf
        MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgdyoMYxW/HVwpJM+B
        Bm9I3IbsUU0e9CtjPeFU7O2KCDQCIQDInDYQmVWx3kitiVFeqLyidcFmlBxCehrw
        q6g64L42SQ==
        -----END CERTIFICATE-----

        """,
        key: """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgehYcGL5zzDHhUJII
        4SmU4bOP+S1GYA1hruxujzxiCQ6hRANCAAQ9Ih9u4kGME4QmPGvgf/Uj+IAhC8jm
        bhsXfLOwTCc8Q+a9l2ePW4oKy4So3/9RIm8COEpWwaDE36uTA+v04Xu/
        -----END PRIVATE KEY-----

        """
    )

    /// The first's key, encrypted.
    static let encryptedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAioXEpCg+eJ8QICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBt0sXXH6sk61jMhVMmuObAEgZAz
        TGKa68iGcK1aTaAIz/9BIEBZh40hZR2h0BH/YCYBBZ+FDBky7mn+9+S/eEaNhA7a
        nw2oy+xUisragggMD+aeDqEaoAvf3IB9gn8OjfWyOPnEBG3Ld1tJWaCZqYmklaOM
        MMshA03VfyZXj4ouiswp/Zk3TnjoDF8IctkphOkE7N9RVz5IJtflLdwdDhoRQHI=
        -----END ENCRYPTED PRIVATE KEY-----

        """
}
