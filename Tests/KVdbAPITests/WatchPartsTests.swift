import NIOCore
import Testing

@testable import KVdbAPI
@testable import KeyValueStore

@Suite("Parts of watching")
struct WatchPartsTests {
    @Test("Each namespace has its turn, and its own work comes in order")
    func fairness() {
        var queue = FairQueue<String>()
        let (busy, quiet) = (NamespaceID(rawValue: 1), NamespaceID(rawValue: 2))
        for number in 1...3 { queue.append("busy \(number)", for: busy) }
        queue.append("quiet 1", for: quiet)
        #expect(queue.popFirst() == "busy 1")
        queue.append("busy 4", for: busy)
        #expect(queue.popFirst() == "quiet 1")
        #expect(queue.popFirst() == "busy 2")
        queue.append("quiet 2", for: quiet)
        #expect(queue.popFirst() == "busy 3")
        #expect(queue.popFirst() == "quiet 2")
        #expect(queue.popFirst() == "busy 4")
        #expect(queue.popFirst() == nil)
        #expect(queue.isEmpty)
    }

    @Test("Work takes its share of the time in the long run, and what was saved at once")
    func budget() {
        let start = NIODeadline.now()
        var budget = WorkBudget(now: start)
        var now = start
        var worked = TimeAmount.zero
        // Without a pause of its own, for ten seconds.
        while now - start < .seconds(10) {
            now = max(now, budget.nextSlice)
            let end = now + WorkBudget.slice
            budget.spend(from: now, to: end)
            worked = worked + WorkBudget.slice
            now = end
        }
        let share = Double(worked.nanoseconds) / Double((now - start).nanoseconds)
        #expect(share > 0.9 / Double(WorkBudget.share) && share < 1.2 / Double(WorkBudget.share), "\(share)")
        // After a rest there is something to spend at once, and no more than that.
        now = now + .seconds(3600)
        let rested = now
        worked = .zero
        while budget.nextSlice - rested < .milliseconds(200) {
            now = max(now, budget.nextSlice)
            budget.spend(from: now, to: now + WorkBudget.slice)
            now = now + WorkBudget.slice
            worked = worked + WorkBudget.slice
        }
        #expect(worked >= WorkBudget.savings)
        #expect(worked <= WorkBudget.savings + .milliseconds(12))
    }

    @Test("A loop is woken once for all that it has not looked at, and at once for other settings")
    func news() {
        let news = WatchNews()
        let (first, second) = (NamespaceID(rawValue: 1), NamespaceID(rawValue: 2))
        #expect(news.add(.changes, of: first) == .changes)
        #expect(news.add(.changes, of: first) == .nothing)
        #expect(news.add(.changes, of: second) == .nothing)
        let namespace = Namespace(kind: .bucket, name: [1], id: first, settings: NamespaceSettings())
        #expect(news.add(.namespace(namespace), of: first) == .namespaces)
        #expect(news.add(.namespace(namespace), of: first) == .nothing)
        #expect(news.hasChanged)
        #expect(news.takeChanged() == [first, second])
        #expect(!news.hasChanged)
        #expect(news.takeNamespaces().count == 2)
        #expect(news.add(.changes, of: first) == .changes)
        #expect(news.add(.namespace(namespace), of: first) == .namespaces)
    }
}
