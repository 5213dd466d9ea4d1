/// A terminal on which a program runs.
enum PseudoTerminal {
    /// A command that prints what the terminal shows on which `text` is typed once there is a question, then the program's exit
    /// code and whether the terminal shows again what is typed.
    static func typing(_ text: String, into program: [String]) -> [String] {
        ["python3", "-c", script, text] + program
    }

    private static let script = #"""
        import os, pty, sys, termios

        text, *program = sys.argv[1:]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(program[0], program)
        shown, asked = b"", False
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break  # The program has ended.
            shown += piece
            if not asked and (b": " in shown or b"] " in shown):
                os.write(terminal, text.encode())
                asked = True
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        shows = termios.tcgetattr(terminal)[3] & termios.ECHO != 0
        print(shown.decode() + f"{code} {shows}", flush=True)
        """#
}
