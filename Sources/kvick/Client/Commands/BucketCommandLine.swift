import ArgumentParser

/// `kvick bucket`
struct BucketCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bucket", abstract: "Make, show, change and delete buckets on a running server, and name them.",
        discussion: """
              kvick bucket create --save visits
              kvick set visits hello world
              kvick bucket delete visits
            """,
        subcommands: [
            CreateBucket.self, ShowBucket.self, ChangeBucket.self, DeleteBucket.self, ListBuckets.self, SaveBucket.self,
            ForgetBucket.self,
        ]
    )
}
