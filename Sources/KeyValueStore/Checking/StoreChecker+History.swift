import Storage

extension StoreChecker {
    func checkHistory() {
        let place = "the history"
        var total: UInt64?
        var last = ChangePosition(behind: .zero)
        scan(KeyLayout.history, place) { key, page in
            guard key.count == 13, let end = KeyLayout.lastPosition(ofHistoryPage: key) else {
                return report.add(place, "a page has no place")
            }
            // Those before the start go at any time, one by one.
            if let historyStart, end <= historyStart { return report.garbage += 1 }
            let place = "\(place), page \(end)"
            guard let written = ChangePage.total(of: page) else { return report.add(place, "it is of no known format") }
            if let total, written != total &+ UInt64(clamping: page.count) {
                report.add(place, "a page before it is missing")
            }
            total = written
            if end.revision > newest { report.add(place, "it is of a revision behind the newest, \(newest)") }
            check(page, end: end, behind: &last, place)
        }
    }

    private func check(
        _ page: UnsafeRawBufferPointer, end: ChangePosition, behind last: inout ChangePosition, _ place: String
    ) {
        let isWhole = ChangePage.forEachChange(in: page) { change, record in
            report.changes += 1
            if !change.isBehind(last) { report.add(place, "its changes are not in their order") }
            last = change.position
            guard change.kind == .set else {
                if !record.isEmpty { report.add(place, "a change that sets nothing has a record") }
                return
            }
            guard let view = change.record else {
                return report.add(place, "the record of \(Self.text(change.key)) is of no known format")
            }
            if view.revision != change.revision {
                report.add(place, "the record of \(Self.text(change.key)) is of another revision than its change")
            } else if let text = problem(in: view, flags: record[2]) {
                report.add(place, "the record of \(Self.text(change.key)): \(text)")
            }
        }
        guard isWhole else { return report.add(place, "it can't be read to its end") }
        if last != end { report.add(place, "it does not end with the change that its key says") }
    }
}
