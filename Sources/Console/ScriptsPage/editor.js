// A field for source code, with the numbers of its lines beside it.

const indentation = "  ";

export class Editor {
  #field;
  #numbers;
  /** Whether the next Tab leaves the field, as it does behind Escape. */
  #isLeaving = false;

  /** `onChange` is called when the user has changed the text. */
  constructor(field, numbers, onChange) {
    this.#field = field;
    this.#numbers = numbers;
    field.addEventListener("input", () => {
      this.#number();
      onChange();
    });
    field.addEventListener("scroll", () => { numbers.scrollTop = field.scrollTop; });
    field.addEventListener("keydown", (event) => this.#press(event));
    field.addEventListener("blur", () => { this.#isLeaving = false; });
  }

  get text() {
    return this.#field.value;
  }

  /** Begins anew with another text, at its first line. */
  set text(text) {
    this.#field.value = text;
    this.#field.setSelectionRange(0, 0);
    this.#field.scrollTo(0, 0);
    this.#number();
  }

  focus() {
    this.#field.focus();
  }

  /** Puts a text where the cursor is, as typing would, so that it can be undone. */
  insert(text) {
    this.#field.focus();
    // Of all that changes a field's text, only this is known to its undo.
    document.execCommand(text === "" ? "delete" : "insertText", false, text);
  }

  /** Marks a line, from 1, or the last where there are fewer, and no other; null for none. Gives which one it is. */
  mark(line) {
    this.#numbers.querySelector(".marked")?.classList.remove("marked");
    const marked = line === null ? null : Math.min(Math.max(line, 1), this.#numbers.childElementCount);
    this.#field.classList.toggle("marked", marked !== null);
    this.#field.ariaInvalid = marked === null ? null : "true";
    if (marked === null) return null;
    this.#numbers.children[marked - 1].classList.add("marked");
    this.#field.style.setProperty("--marked-line", marked);
    const height = parseFloat(getComputedStyle(this.#field).lineHeight);
    this.#field.scrollTo(0, (marked - 1) * height - this.#field.clientHeight / 2);
    return marked;
  }

  /** Moves the cursor to the beginning of a line, from 1. */
  goTo(line) {
    const start = this.text.split("\n").slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    this.#field.focus({ preventScroll: true });
    this.#field.setSelectionRange(start, start);
    this.#field.scrollIntoView({ block: "nearest" });
  }

  /** Has as many numbers as there are lines. */
  #number() {
    const [numbers, count] = [this.#numbers, this.text.split("\n").length];
    while (numbers.childElementCount > count) numbers.lastChild.remove();
    while (numbers.childElementCount < count) {
      const number = document.createElement("span");
      number.textContent = numbers.childElementCount + 1;
      numbers.append(number);
    }
    numbers.scrollTop = this.#field.scrollTop;
  }

  #press(event) {
    if (event.isComposing || event.key === "Shift") return;
    const indents = event.key === "Tab" && !this.#isLeaving && !event.ctrlKey && !event.altKey && !event.metaKey;
    this.#isLeaving = event.key === "Escape";
    if (!indents) return;
    event.preventDefault();
    if (event.shiftKey) this.#shiftLines((line) => line.replace(/^(?:\t| {1,2})/, ""));
    else if (this.#field.selectionStart === this.#field.selectionEnd) this.insert(indentation);
    else this.#shiftLines((line) => (line === "" ? "" : indentation + line));
  }

  /** Changes each line that the selection touches, and keeps what was selected so. */
  #shiftLines(change) {
    const { selectionStart: from, selectionEnd: to } = this.#field;
    const start = this.text.slice(0, from).lastIndexOf("\n") + 1;
    // A line of which only the beginning is selected is none that it touches.
    const rest = this.text.slice(Math.max(from, to - 1)).search(/\n|$/);
    const end = Math.max(from, to - 1) + rest;
    const lines = this.text.slice(start, end).split("\n");
    const changed = lines.map(change);
    const growth = changed.join("\n").length - (end - start);
    if (growth === 0) return;
    this.#field.setSelectionRange(start, end);
    this.insert(changed.join("\n"));
    const firstGrowth = changed[0].length - lines[0].length;
    this.#field.setSelectionRange(Math.max(start, from + firstGrowth), Math.max(start, to + growth));
  }
}
