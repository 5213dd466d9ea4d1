// swift-tools-version: 6.2

import PackageDescription

/// Warnings are errors where `make check` asks for it, so that a newer compiler's warnings stop nobody else.
let warnings: [SwiftSetting] =
    Context.environment["KVICK_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : []

let package = Package(
    name: "kvick",
    products: [
        .executable(name: "kvick", targets: ["kvick"]),
        // For the tests, which run kvick with it.
        .library(name: "AllocationCounter", type: .dynamic, targets: ["AllocationCounter"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.10.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CRocksDB", pkgConfig: "rocksdb", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "Storage", swiftSettings: warnings),
        .target(name: "Statistics", swiftSettings: warnings),
        .target(name: "StorageTesting", dependencies: ["Storage"], swiftSettings: warnings),
        .target(name: "RocksDBEngine", dependencies: ["CRocksDB", "Storage"], swiftSettings: warnings),
        .target(name: "Zstandard", dependencies: ["CZstd"], swiftSettings: warnings),
        .target(
            name: "KeyValueStore",
            dependencies: [
                "Statistics", "Storage", "Zstandard",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HashTreeCollections", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .target(
            name: "HTTPServer",
            dependencies: [
                "Statistics",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "HTTPServer", "KeyValueStore", "Storage",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .target(
            name: "KOTAPI",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KeyValueStore", "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .target(name: "LuaSandbox", dependencies: ["CLua"]),
        .target(
            name: "LuaScripting",
            dependencies: ["LuaSandbox", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: warnings
        ),
        .target(name: "Archive", dependencies: ["CArchive"], swiftSettings: warnings),
        .target(name: "YAML", dependencies: ["CYAML"], swiftSettings: warnings),
        .target(
            name: "KOTFolder",
            dependencies: [
                "Archive",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: warnings
        ),
        .target(
            name: "KVdbAPI",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KeyValueStore", "LuaScripting", "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .target(
            name: "Console",
            dependencies: ["HTTPAPI", "HTTPServer", .product(name: "NIOCore", package: "swift-nio")],
            resources: [.embedInCode("KOTPage"), .embedInCode("ScriptsPage"), .embedInCode("Shared")],
            swiftSettings: warnings
        ),
        .target(name: "OpenAPIDocument", exclude: ["openapi.json"]),
        .target(
            name: "Operations",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KeyValueStore", "OpenAPIDocument", "Statistics", "Storage",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .target(
            name: "Backup",
            dependencies: [
                "Archive", "KeyValueStore", "Storage", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: warnings
        ),
        .executableTarget(
            name: "kvick",
            dependencies: [
                "Archive", "Backup", "Console", "HTTPAPI", "HTTPServer", "KOTAPI", "KOTFolder", "KVdbAPI",
                "KeyValueStore", "LuaScripting", "Operations", "RocksDBEngine", "Storage", "YAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: warnings
        ),
        .testTarget(name: "StatisticsTests", dependencies: ["Statistics"], swiftSettings: warnings),
        .testTarget(name: "StorageTests", dependencies: ["Storage", "StorageTesting"], swiftSettings: warnings),
        .testTarget(
            name: "RocksDBEngineTests", dependencies: ["RocksDBEngine", "Storage", "StorageTesting"],
            swiftSettings: warnings),
        .testTarget(
            name: "KeyValueStoreTests", dependencies: ["KeyValueStore", "RocksDBEngine", "Storage", "StorageTesting"],
            swiftSettings: warnings),
        .testTarget(
            name: "BackupTests",
            dependencies: ["Backup", "KeyValueStore", "RocksDBEngine", "Storage", "StorageTesting"],
            swiftSettings: warnings),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "HTTPServer",
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: warnings
        ),
        .testTarget(
            name: "HTTPAPITests",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KeyValueStore", "StorageTesting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .testTarget(
            name: "KVdbAPITests",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KVdbAPI", "KeyValueStore", "Storage", "StorageTesting",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .testTarget(
            name: "LuaScriptingTests", dependencies: ["LuaScripting"], exclude: ["Hostile"], swiftSettings: warnings),
        .testTarget(name: "ZstandardTests", dependencies: ["Zstandard"], swiftSettings: warnings),
        .testTarget(name: "ArchiveTests", dependencies: ["Archive"], swiftSettings: warnings),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: warnings),
        .testTarget(
            name: "KOTFolderTests", dependencies: ["Archive", "KOTFolder", "StorageTesting"], swiftSettings: warnings),
        .testTarget(
            name: "KOTAPITests",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KOTAPI", "KeyValueStore", "Storage", "StorageTesting",
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .testTarget(
            name: "ConsoleTests",
            dependencies: ["Console", "HTTPServer", .product(name: "NIOEmbedded", package: "swift-nio")],
            swiftSettings: warnings
        ),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "HTTPServer", "KOTAPI", "KVdbAPI", "KeyValueStore", "Operations", "RocksDBEngine", "Statistics",
                "Storage",
                "StorageTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: warnings
        ),
        .testTarget(
            name: "KvickTests",
            dependencies: [
                "Archive", "HTTPAPI", "HTTPServer", "KOTAPI", "KVdbAPI", "YAML", "kvick",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: warnings
        ),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .testTarget(
            name: "EndToEndTests", dependencies: ["kvick", .product(name: "Crypto", package: "swift-crypto")],
            exclude: ["Browser"], swiftSettings: warnings),
    ],
    swiftLanguageModes: [.v6]
)

// `make bench-micro` asks for these, so that nothing else resolves what only they need.
if Context.environment["KVICK_BENCHMARKS"] == "1" {
    package.dependencies.append(.package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []))
    package.targets.append(
        .executableTarget(
            name: "MicroBenchmarks",
            dependencies: [
                "HTTPAPI", "HTTPServer", "KVdbAPI", "KeyValueStore", "RocksDBEngine", "Storage", "StorageTesting",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/MicroBenchmarks",
            swiftSettings: warnings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ))
}
