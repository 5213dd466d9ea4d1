import Backup

/// The backups of a folder, as they are printed.
struct BackupList {
    private let readings: [BackupFolder.Reading]

    /// - Throws: a `BackupError` where there are none.
    init(_ path: String) throws {
        readings = try BackupFolder.open(path).readings()
    }

    /// A table for people.
    var text: String {
        var table = TextTable([
            ("BACKUP", .right), ("CREATED", .left), ("REVISION", .right), ("FILES", .right), ("SIZE", .right),
        ])
        for reading in readings {
            guard case .success(let backup) = reading.backup else {
                table.append(["\(reading.number)", "damaged", "", "", ""])
                continue
            }
            table.append([
                "\(reading.number)", backup.createdText, "\(backup.revision)", "\(backup.files.count)",
                ByteSize(bytes: backup.size).rounded,
            ])
        }
        return table.lines
    }

    /// An array with an object for each; sizes are in bytes.
    var json: String {
        let objects = readings.map { reading in
            var object = JSONObject()
            object.integer("backup", reading.number)
            switch reading.backup {
            case .success(let backup):
                object.string("created", backup.createdText)
                object.string("revision", "\(backup.revision)")
                object.integer("files", backup.files.count)
                object.integer("size", backup.size)
            case .failure(let error):
                object.string("damage", "\(error)")
            }
            return object.text
        }
        return "[\(objects.joined(separator: ","))]\n"
    }
}
