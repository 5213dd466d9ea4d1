// The page of `KOT web`: a client of KOT's API on the host that it came from.

import { Client } from "./kot-client.js";
import { connect, element, fail, listItem, markChosen, showConsole } from "./page.js";

/** How many keys are listed, and how many bytes of a value or a result are shown. */
const listedKeysMax = 1000;
const shownSizeMax = 1 << 20;

/** For the password that was given last. */
let client = null;
/** The name of the database that is open, or null. */
let database = null;

const readings = new Map();

/** Ends the last reading of that name, and gives the signal that ends the next one. */
function restartReading(name) {
  readings.get(name)?.abort();
  readings.set(name, new AbortController());
  return readings.get(name).signal;
}

/** Hands a file to the browser's downloads. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download begins later than this returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `${name} is in your downloads.`;
}

async function signIn() {
  client = new Client(element("password").value);
  await listDatabases();
  element("password").value = "";
  showConsole(true);
}

// Databases

async function listDatabases() {
  const names = Object.keys(await (await client.send("database/list")).json()).sort();
  element("databases").replaceChildren(...names.map((name) => listItem(name, "", () => openDatabase(name))));
  element("no-databases").hidden = names.length > 0;
  markChosen("databases", database);
  if (names.includes(database)) return;
  database = null;
  element("database").hidden = true;
}

async function openDatabase(name) {
  database = name;
  element("database-name").textContent = name;
  element("database").hidden = false;
  element("filter").value = "";
  element("rename").reset();
  clearValue();
  markChosen("databases", name);
  await listKeys();
}

/** A database is made by the first key that is set in it, so one is set and deleted again. */
async function makeDatabase() {
  const [name, key] = [element("new-database").value, `made ${Date.now()}`];
  const operations = [["SET", key, null], ["DELETE", key]];
  await client.send("controller/transaction", { database_name: name, operations });
  element("make-database").reset();
  await listDatabases();
  await openDatabase(name);
  return `${name} is made.`;
}

async function renameDatabase() {
  const [name, newName] = [database, element("new-name").value];
  const parameters = { database_name: name, new_database_name: newName };
  try {
    await client.send("database/rename", parameters);
  } catch (error) {
    if (error.status !== 409) throw error;
    if (!confirm(`There is a database ${newName}. Replace it with all its keys?`)) return "";
    await client.send("database/rename", { ...parameters, force: true });
  }
  await listDatabases();
  await openDatabase(newName);
  return `${name} is now ${newName}.`;
}

async function emptyDatabase() {
  const name = database;
  if (!confirm(`Delete all keys of ${name}?`)) return "";
  await client.send("database/pop", { database_name: name });
  await openDatabase(name);
  return `${name} is empty.`;
}

async function deleteDatabase() {
  const name = database;
  if (!confirm(`Delete ${name} with all its keys?`)) return "";
  await client.send("database/delete", { database_name: name });
  await listDatabases();
  element("databases-heading").focus();
  return `${name} is deleted.`;
}

async function backUpDatabase() {
  const name = database;
  const response = await client.send("database/backup", { database_name: name }, { accept: "application/jsonl" });
  const backup = await response.blob();
  if (!(await backup.slice(-200).text()).includes('{"end":true')) throw new Error("The backup was cut. Try again.");
  return save(backup, `${name}.jsonl`);
}

// Keys

/** Lists the keys that have the filter's text in their names; as a backup has them, for that has sealed ones, too. */
async function listKeys() {
  const [signal, count] = [restartReading("keys"), element("key-count")];
  element("keys").replaceChildren();
  count.textContent = "Reading …";
  try {
    count.textContent = await appendKeys(element("filter").value.toLowerCase(), signal);
    markChosen("keys", element("key").value);
  } catch (error) {
    if (signal.aborted) return;
    count.textContent = "";
    throw error;
  }
}

/** Returns what there is to say about the list. */
async function appendKeys(filter, signal) {
  const list = element("keys");
  for await (const record of client.lines("database/backup", { database_name: database }, signal)) {
    signal.throwIfAborted();
    const count = list.childElementCount;
    if (record.end) return count === 1 ? "1 key" : `${count} keys`;
    if (!record.key.toLowerCase().includes(filter)) continue;
    if (count === listedKeysMax) return `The first ${count} keys; there are more.`;
    const remarks = { sealed: "sealed", base64: "file", compressed: "compressed" };
    const remark = Object.keys(remarks).filter((name) => name in record).map((name) => remarks[name]).join(", ");
    list.append(listItem(record.key, remark, () => openKey(record.key)));
  }
}

async function openKey(key) {
  element("key").value = key;
  if (element("key").value !== key) {
    clearValue();
    throw new Error("This page can't open a key with line breaks in its name. The command line can.");
  }
  markChosen("keys", key);
  await showValue();
}

async function deleteKey() {
  const parameters = chosenKey();
  if (!confirm(`Delete ${parameters.key}?`)) return "";
  await client.send("controller/delete", parameters);
  clearValue();
  await listKeys();
  return `${parameters.key} is deleted.`;
}

// Values

function chosenKey() {
  const key = element("key").value;
  if (key === "") throw new Error("Name a key first.");
  return { database_name: database, key };
}

/** Requests the value of the key: a file's bytes as they are, all else as JSON. */
async function requestValue(signal) {
  const parameters = { ...chosenKey(), encryption_key: element("encryption-key").value };
  const response = await client.send("controller/get", parameters, { accept: "application/octet-stream", signal });
  const isFile = response.headers.get("Content-Type") === "application/octet-stream";
  return { isFile, body: await response.blob(), key: parameters.key };
}

function clearValue() {
  readings.get("value")?.abort();
  element("value-form").reset();
  element("value-note").textContent = "";
}

async function showValue() {
  const [field, note, kind] = [element("value"), element("value-note"), element("value-form").elements.kind];
  [field.value, note.textContent] = ["", ""];
  const signal = restartReading("value");
  const { isFile, body } = await requestValue(signal);
  if (isFile || body.size > shownSizeMax) {
    note.textContent = `${isFile ? "A file" : "A value"} of ${body.size} bytes. It can be downloaded.`;
    return;
  }
  const json = (await body.text()).trimEnd();
  signal.throwIfAborted();
  const value = JSON.parse(json);
  field.value = value;
  // A field changes line breaks, so a text that has others than its own is shown as JSON.
  kind.value = field.value === value ? "text" : "json";
  if (kind.value === "json") field.value = indented(json);
  if (value === null) note.textContent = "The value is null, or there is no such key.";
}

/** JSON with a line for each member; as it is where JavaScript would change it, as it rounds long numbers. */
function indented(json) {
  const value = JSON.parse(json);
  return JSON.stringify(value) === json ? JSON.stringify(value, null, 2) : json;
}

/** Sets the key to a value, as `"value":1`, or to a file's bytes, as `"base64":"AA=="`. */
async function set(member, key = chosenKey()) {
  const secret = element("encryption-key").value;
  const parameters = JSON.stringify({ ...key, encryption_key: secret, compress: element("compress").checked });
  // Put together as text, so that a number keeps all its digits.
  await client.send("controller/set", `${parameters.slice(0, -1)},${member}}`);
  await listKeys();
  return `${key.key} is set.`;
}

async function setValue() {
  const text = element("value").value;
  if (element("value-form").elements.kind.value === "text") return set(`"value":${JSON.stringify(text)}`);
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Error(`The value is not JSON: ${error.message}`);
  }
  return set(`"value":${text}`);
}

async function upload() {
  const file = element("file").files[0];
  if (file === undefined) throw new Error("Choose a file first.");
  element("key").value ||= file.name;
  // Another database may be opened before the file is read.
  const key = chosenKey();
  const message = await set(`"base64":"${await base64(file)}"`, key);
  element("value").value = element("file").value = "";
  element("value-note").textContent = `A file of ${file.size} bytes.`;
  return message;
}

/** The file's bytes in base64. */
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
    reader.onerror = () => reject(new Error(`${file.name} can't be read.`));
    reader.readAsDataURL(file);
  });
}

async function download() {
  const { isFile, body, key } = await requestValue();
  return save(body, isFile ? key : `${key}.json`);
}

// Queries

async function execute() {
  const text = (await (await client.send("execute", { query: element("query").value })).text()).trimEnd();
  element("result").textContent = text.length > shownSizeMax ? `${text.slice(0, shownSizeMax)} …` : indented(text);
  element("result").hidden = false;
  await listDatabases();
  if (database !== null) await listKeys();
}

connect({
  "sign-in": signIn, "make-database": makeDatabase, rename: renameDatabase, empty: emptyDatabase,
  "delete-database": deleteDatabase, "back-up": backUpDatabase, "value-form": showValue, set: setValue,
  "delete-key": deleteKey, download, upload, "query-form": execute,
});

let filterTimer;
element("filter").addEventListener("input", () => {
  clearTimeout(filterTimer);
  filterTimer = setTimeout(() => listKeys().catch(fail), 250);
});
