// The page of a bucket's scripts, at the path that lists them: a client of the API that it came from.

import { Editor } from "./editor.js";
import { connect, element, fail, listItem, markChosen, say, showConsole } from "./page.js";
import { ScriptsClient, meaning, reasonForNoScripts, runScript, scriptPath } from "./scripts-client.js";

const example = `-- Greets whoever asks, as ?name=Ann, and counts the visits.
local name = kvdb.var.name or "world"
local visits = kvdb.incr("visits", 1)

kvdb.header["content-type"] = "text/plain; charset=utf-8"
kvdb.say("Hello, " .. name .. "! This is visit " .. visits .. ".")
`;

/** For the key that was given last. */
let client = null;
/** The names of the scripts in the list. */
let names = [];
/**
 * The script in the editor, or null: its name, the text of it that the server has, and the version of that. The version
 * is null for a script that is yet to be saved.
 */
let script = null;
/** The name of the script that was chosen last, which may be yet to come. */
let chosen = null;
/** Fulfilled when the last save has ended. */
let lastSave = Promise.resolve();

const editor = new Editor(element("source"), element("line-numbers"), () => {
  clearError();
  showChange();
});

const hasChanged = () => script !== null && editor.text !== script.saved;
const isUnsaved = () => script?.version === null || hasChanged();

/** Whether what is in the editor may be replaced: nothing would be lost, or the user says so. */
const mayLeave = () => !hasChanged() || confirm(`Lose the unsaved changes of ${script.name}?`);

/** Asks for no key where none could open anything. */
async function greet() {
  const reason = await reasonForNoScripts();
  // Who was quick with a key is told by the answer to that.
  if (reason === undefined || client !== null) return;
  element("sign-in").hidden = true;
  say(reason, true);
}

async function signIn() {
  client = new ScriptsClient(element("key").value);
  await listScripts();
  element("key").value = "";
  showConsole(true);
}

// The list

async function listScripts() {
  const scripts = await client.list();
  names = scripts.map(({ name }) => name);
  element("scripts").replaceChildren(...scripts.map(({ name, size, updated }) => {
    const time = new Date(updated).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    return listItem(name, `${size} ${size === 1 ? "byte" : "bytes"}, ${time}`, () => openScript(name));
  }));
  element("no-scripts").hidden = scripts.length > 0;
  markChosen("scripts", script?.name);
}

/** Does something with a script of the list, and lists anew where it is not there any more. */
async function withListed(action) {
  try {
    return await action();
  } catch (error) {
    if (error.status === 404) await listScripts();
    throw error;
  }
}

/** Opens a script, and gives the message where it did. */
async function openScript(name, message = `${name} is open.`) {
  chosen = name;
  const { source, version } = await withListed(() => client.source(name));
  // Another may have been chosen meanwhile.
  if (chosen !== name || !mayLeave()) return "";
  edit({ name, version }, source);
  element("script-name").focus({ preventScroll: true });
  element("script-name").scrollIntoView({ block: "nearest" });
  return message;
}

/** Opens an empty script, which is made when it is saved, or the one that has the name already. */
function makeScript() {
  const name = element("new-name").value;
  if (names.includes(name)) {
    element("make-script").reset();
    return openScript(name, `There is a script ${name} already. It is open.`);
  }
  if (!mayLeave()) return "";
  element("make-script").reset();
  edit({ name, version: null }, "");
  editor.focus();
  return `${name} is made when you save it.`;
}

// The editor

/** Shows a script in the editor; null for none. */
function edit(next, source) {
  script = next;
  chosen = script?.name;
  for (const id of ["script", "run"]) element(id).hidden = script === null;
  element("script-name").textContent = script?.name ?? "";
  editor.text = source;
  // A field changes line ends, which mean the same in Lua.
  if (script !== null) script.saved = editor.text;
  clearError();
  element("answer").hidden = true;
  element("run-form").reset();
  showRunFields();
  showChange();
  markChosen("scripts", script?.name);
}

function showChange() {
  const isNew = script?.version === null;
  element("changed").hidden = !isUnsaved();
  element("changed").textContent = isNew ? "is not saved yet" : "has unsaved changes";
  element("insert-example").hidden = editor.text !== "";
  element("delete").hidden = isNew;
  element("start-run").textContent = isUnsaved() ? "Save and run" : "Run";
}

function clearError() {
  element("source-error").textContent = "";
  editor.mark(null);
}

/** Shows an error of the source below it, and marks and gives the line that it names, as `hello:3: …`; null for none. */
function showError(message) {
  element("source-error").textContent = message;
  const line = message.match(/^[^\s:]+:(\d+):/)?.[1];
  return editor.mark(line === undefined ? null : Number(line));
}

/** Saves what is in the editor, behind the last save, for it needs the version that that one makes. */
function save() {
  // Another may be opened before this one is saved.
  const [saving, source] = [script, editor.text];
  clearError();
  // What is shown was answered by what was saved before.
  if (hasChanged()) element("answer").hidden = true;
  const saved = lastSave.then(() => set(saving, source));
  lastSave = saved.catch(() => {});
  return saved;
}

/** Saves a script's source, or marks the line that keeps it from being saved. */
async function set(saving, source) {
  try {
    const version = await saveOver(saving, source);
    Object.assign(saving, { version, saved: source });
  } catch (error) {
    const line = error.status === 400 && script === saving ? showError(error.message) : null;
    if (line !== null) editor.goTo(line);
    throw error;
  }
  showChange();
  await listScripts();
  return `${saving.name} is saved.`;
}

/** Gives the new version; throws where the script is another than was opened and the user would rather keep that. */
async function saveOver({ name, version }, source) {
  try {
    return await client.save(name, source, { version });
  } catch (error) {
    if (error.status !== 412) throw error;
    const news = version === null ? `There is a script ${name}` : `${name} was changed or deleted since you opened it`;
    if (!confirm(`${news}. Put yours in its place?`)) throw new Error(`${name} is not saved.`);
    return client.save(name, source);
  }
}

async function deleteScript() {
  const { name } = script;
  if (!confirm(`Delete ${name}?`)) return "";
  await withListed(() => client.delete(name));
  edit(null, "");
  await listScripts();
  element("scripts-heading").focus();
  return `${name} is deleted.`;
}

// Runs

/** What a run is asked for with a body, and what may be wrong with what it is to be sent. */
function showRunFields() {
  const { method, type } = element("run-form").elements;
  element("body-fields").hidden = method.value !== "POST";
  const isJSON = method.value === "POST" && type.value === "application/json";
  const hints = [parameterHint(), isJSON ? jsonHint(element("body").value) : ""];
  element("run-hint").textContent = hints.filter((hint) => hint !== "").join(" ");
}

function parameterHint() {
  const line = parameterLines().find((line) => !line.includes("="));
  return line === undefined ? "" : `The parameter "${line}" has no = and is sent without a value.`;
}

function jsonHint(text) {
  if (text === "") return "";
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `The body is not JSON and is sent as it is: ${error.message}.`;
  }
}

/** The parameters, as `name=value` each. */
const parameterLines = () => element("parameters").value.split("\n").filter((line) => line !== "");

/** The parameters as the query string of a run. */
function queryString() {
  const parameters = parameterLines().map((line) => {
    const [name, ...value] = line.split("=");
    return `${encodeURIComponent(name)}=${encodeURIComponent(value.join("="))}`;
  });
  return parameters.length > 0 ? `?${parameters.join("&")}` : "";
}

async function run() {
  const running = script;
  const method = element("run-form").elements.method.value;
  const query = queryString();
  const type = element("run-form").elements.type.value;
  const body = method === "POST" ? { type, text: element("body").value } : null;
  const token = element("token").value;
  if (isUnsaved()) {
    const message = await save();
    if (script !== running) return message;
  }
  const answer = await runScript(running.name, { method, query, body, token });
  if (script !== running) return "";
  clearError();
  element("answer-link").hidden = method !== "GET" || token !== "";
  element("open-answer").href = scriptPath(running.name, query);
  return showAnswer(answer);
}

/** Shows what a run was answered with, and gives its status, or throws it where that is of an error. */
function showAnswer({ response, output, milliseconds }) {
  const text = new TextDecoder().decode(output);
  const time = `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  const isRedirection = response.type === "opaqueredirect";
  const status = isRedirection ? "A redirection" : `${response.status} ${response.statusText}`;
  const size = `${output.byteLength} ${output.byteLength === 1 ? "byte" : "bytes"}`;
  const isFailure = response.status >= 400;
  element("answer-status").classList.toggle("failure", isFailure);
  element("answer-status").textContent = isRedirection ? `${status}, in ${time}` : `${status}, ${size} in ${time}`;
  element("answer-note").textContent = isRedirection
    ? "A browser does not tell a page where it leads."
    : meaning(response) ?? "";
  element("answer-headers").textContent = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  element("answer-output").textContent = text;
  element("answer").hidden = false;
  element("answer").scrollIntoView({ block: "nearest" });
  if (response.status === 500 && !hasChanged()) showError(text.trim());
  const message = `The script answered: ${status}.`;
  if (isFailure) throw new Error(message);
  return message;
}

// The page

const bucket = location.pathname.split("/").at(-3);
element("bucket").textContent = bucket;
document.title = `Scripts of ${bucket}`;

connect({
  "sign-in": signIn, "make-script": makeScript, "source-form": save, "insert-example": () => editor.insert(example),
  delete: deleteScript, "run-form": run,
});
element("run-form").addEventListener("change", showRunFields);
element("run-form").addEventListener("input", () => { element("run-hint").textContent = ""; });

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  if (script !== null && !element("console").hidden) element("source-form").requestSubmit();
});
addEventListener("beforeunload", (event) => {
  if (hasChanged()) event.preventDefault();
});
addEventListener("pageshow", (event) => {
  // A page that a browser kept would still have the key.
  if (event.persisted) location.reload();
});
greet().catch(fail);
