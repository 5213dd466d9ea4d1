import Storage

extension StoreDirectory {
    /// Makes the files of the folder `path` a store: its newest revision, its next ones and what it is of.
    ///
    /// Before this, the engine's files and the store's secret are in their places. `FORMAT` comes last, and with it the folder is a store.
    ///
    /// - Parameters:
    ///   - format: the version of the files.
    ///   - floor: what revisions of the restored store lie behind. Those up to it may have been given, after the backup was made, to
    ///     contents that are not there any more.
    /// - Throws: what opening and writing throw.
    package static func finishRestoring(
        _ path: String, format: Int, floor: Revision, engine: any FileStorageEngine.Type
    ) throws(StorageError) {
        let store = try engine.openForRepair(path: path + "/" + engineName)
        do throws(StorageError) {
            var batch = WriteBatch()
            var revision: [UInt8] = []
            revision.appendBigEndian(floor.rawValue)
            batch.put(KeyLayout.revision, revision)
            // Whoever was told of what came after the backup must begin anew, and the place that he is at tells nothing of that.
            batch.put(KeyLayout.historyStart, ChangePosition(behind: floor).encoded())
            try store.write(batch, durably: true)
            store.close()
        } catch {
            store.close()
            throw error
        }
        try PosixFile.replace(path + "/acknowledged-revision", with: Array("\(floor)\n".utf8))
        try PosixFile.replace(path + "/FORMAT", with: Array("kvick-store \(format)\n".utf8))
    }

    /// The newest revision of the store in the folder `path`, of which no file is changed.
    ///
    /// - Throws: as the opening of a store does.
    package static func newestRevision(
        _ path: String, engine: any FileStorageEngine.Type
    ) throws(StorageError) -> Revision {
        var revision = Revision.zero
        try engine.withReader(path: path + "/" + engineName) { (reader, _) throws(StorageError) in
            revision = try StoredRevision.newest(in: reader)
        }
        return revision
    }
}
