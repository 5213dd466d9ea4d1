import ArgumentParser

/// `kvick bucket list`
struct ListBuckets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print the buckets of the client's file.",
        discussion: "A server lists its buckets to nobody: who has a bucket's id may find it.")

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let configuration = try ClientConfigurationFile.current?.read() ?? ClientConfiguration()
        let output = StandardOutput()
        if json {
            let objects = try configuration.buckets.map { bucket in
                var object = JSONObject()
                object.string("name", bucket.name)
                object.string("id", bucket.id)
                object.string("url", try ConnectionOptions.server(nil, of: bucket, configuration).description)
                return object.text
            }
            try output.write("[\(objects.joined(separator: ","))]\n")
        } else {
            var table = TextTable([("NAME", .left), ("ID", .left), ("URL", .left)])
            for bucket in configuration.buckets {
                table.append([
                    bucket.name, bucket.id, try ConnectionOptions.server(nil, of: bucket, configuration).description,
                ])
            }
            try output.write(table.lines)
        }
        try output.flush()
    }
}
