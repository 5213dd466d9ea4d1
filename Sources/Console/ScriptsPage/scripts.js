// The page of a bucket's scripts, at the path that lists them: a client of the API that it came from.

import { Editor } from "./editor.js";
import { connect, element, listItem, markChosen, showConsole } from "./page.js";
import { ScriptsClient, meaning, runScript, scriptPath } from "./scripts-client.js";

const example = `-- Greets whoever asks, as ?name=Ann, and counts the visits.
local name = kvdb.var.name or "world"
local visits = kvdb.incr("visits", 1)

kvdb.header["content-type"] = "text/plain; charset=utf-8"
kvdb.say("Hello, " .. name .. "! This is visit " .. visits .. ".")
`;

/** For the key that was given last. */
let client = null;
/**
 * The script in the editor, or null: its name, the text of it that the server has, and the version of that. The version
 * is null for a script that is yet to be saved.
 */
let script = null;
/** The name of the script that was chosen last, which may be yet to come. */
let chosen = null;

const editor = new Editor(element("source"), element("line-numbers"), () => {
  clearError();
  showChange();
});

const hasChanged = () => script !== null && editor.text !== script.saved;

/** Whether what is in the editor may be replaced: nothing would be lost, or the user says so. */
const mayLeave = () => !hasChanged() || confirm(`Lose the unsaved changes of ${script.name}?`);

async function signIn() {
  client = new ScriptsClient(element("key").value);
  await listScripts();
  element("key").value = "";
  showConsole(true);
}

// The list

async function listScripts() {
  const scripts = await client.list();
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

async function openScript(name) {
  chosen = name;
  const { source, version } = await withListed(() => client.source(name));
  // Another may have been chosen meanwhile.
  if (chosen !== name || !mayLeave()) return "";
  edit({ name, version }, source);
  return `${name} is open.`;
}

/** Opens an empty script, which is made when it is saved. */
function makeScript() {
  if (!mayLeave()) return "";
  const name = element("new-name").value;
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
  showBody();
  showChange();
  markChosen("scripts", script?.name);
}

function showChange() {
  const isNew = script?.version === null;
  element("changed").hidden = !hasChanged() && !isNew;
  element("changed").textContent = isNew ? "is not saved yet" : "has unsaved changes";
  element("insert-example").hidden = editor.text !== "";
  element("delete").hidden = isNew;
  element("run-note").textContent = hasChanged() && !isNew ? "What was saved last is run, without your changes." : "";
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

async function save() {
  // Another may be opened before this one is saved.
  const [saving, source] = [script, editor.text];
  clearError();
  try {
    const version = await saveOver(saving, source);
    if (version === null) return "";
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

/** Gives the new version; null where the script is another than was opened and the user would rather keep that. */
async function saveOver({ name, version }, source) {
  try {
    return await client.save(name, source, { version });
  } catch (error) {
    if (error.status !== 412) throw error;
    const news = version === null ? `There is a script ${name}` : `${name} was changed or deleted since you opened it`;
    return confirm(`${news}. Put yours in its place?`) ? client.save(name, source) : null;
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

/** What a run is asked for with a body. */
function showBody() {
  element("body-fields").hidden = element("run-form").elements.method.value !== "POST";
}

/** A query string of lines as `name=value`. */
function queryString(lines) {
  const parameters = lines.split("\n").filter((line) => line !== "").map((line) => {
    const [name, ...value] = line.split("=");
    return `${encodeURIComponent(name)}=${encodeURIComponent(value.join("="))}`;
  });
  return parameters.length > 0 ? `?${parameters.join("&")}` : "";
}

async function run() {
  const running = script;
  if (running.version === null) throw new Error("Save the script first.");
  const method = element("run-form").elements.method.value;
  const query = queryString(element("parameters").value);
  const type = element("run-form").elements.type.value;
  const body = method === "POST" ? { type, text: element("body").value } : null;
  const token = element("token").value;
  const answer = await runScript(running.name, { method, query, body, token });
  if (script !== running) return "";
  clearError();
  element("answer-link").hidden = method !== "GET" || token !== "";
  element("open-answer").href = scriptPath(running.name, query);
  return showAnswer(answer);
}

/** Shows what a run was answered with, and gives its status. */
function showAnswer({ response, output, milliseconds }) {
  const text = new TextDecoder().decode(output);
  const time = `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  const isRedirection = response.type === "opaqueredirect";
  const status = isRedirection ? "A redirection" : `${response.status} ${response.statusText}`;
  const size = `${output.byteLength} ${output.byteLength === 1 ? "byte" : "bytes"}`;
  element("answer-status").textContent = isRedirection ? `${status}, in ${time}` : `${status}, ${size} in ${time}`;
  element("answer-note").textContent = isRedirection
    ? "A browser does not tell a page where it leads."
    : meaning(response) ?? "";
  element("answer-headers").textContent = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  element("answer-output").textContent = text;
  element("answer").hidden = false;
  element("answer").scrollIntoView({ block: "nearest" });
  if (response.status === 500 && !hasChanged()) showError(text.trim());
  return `The script answered: ${status}.`;
}

// The page

const bucket = location.pathname.split("/").at(-3);
element("bucket").textContent = bucket;
document.title = `Scripts of ${bucket}`;

connect({
  "sign-in": signIn, "make-script": makeScript, "source-form": save, "insert-example": () => editor.insert(example),
  delete: deleteScript, "run-form": run,
});
for (const method of element("run-form").elements.method) method.addEventListener("change", showBody);

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
