import Foundation
import Storage
import Synchronization
import Testing

@Suite struct CallGateTests {
    private final class Guarded: Sendable {
        let gate = CallGate()
        let isClosed = Atomic<Bool>(false)
        let callsAfterClose = Atomic<Int>(0)
        let threadsDone = Atomic<Int>(0)
    }

    @Test("A closed gate lets nobody in, and is closed once")
    func refusesAfterClose() {
        let gate = CallGate()
        var answers = [gate.enter()]
        gate.leave()
        answers += [gate.isClosed, gate.close()]
        gate.waitUntilAllLeft()
        #expect(answers == [true, false, true])
        answers = [gate.isClosed, gate.enter(), gate.close()]
        gate.waitUntilAllLeft()
        #expect(answers == [true, false, false])
    }

    @Test("Closing waits for all calls under way, and none begins later")
    func waitsForCalls() {
        for _ in 0..<20 {
            let guarded = Guarded()
            for _ in 0..<4 {
                Thread {
                    while guarded.gate.enter() {
                        if guarded.isClosed.load(ordering: .sequentiallyConsistent) {
                            guarded.callsAfterClose.add(1, ordering: .relaxed)
                        }
                        guarded.gate.leave()
                    }
                    guarded.threadsDone.add(1, ordering: .relaxed)
                }.start()
            }
            Thread.sleep(forTimeInterval: 0.002)
            let isFirst = guarded.gate.close()
            #expect(isFirst)
            guarded.gate.waitUntilAllLeft()
            guarded.isClosed.store(true, ordering: .sequentiallyConsistent)
            while guarded.threadsDone.load(ordering: .relaxed) < 4 {
                Thread.sleep(forTimeInterval: 0.001)
            }
            #expect(guarded.callsAfterClose.load(ordering: .relaxed) == 0)
        }
    }
}
