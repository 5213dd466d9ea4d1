// What the pages have in common: words about what is done, controls that do something, and lists to choose from. Names
// and texts are others', so they are only ever set as text.

export const element = (id) => document.getElementById(id);

export function say(message, isFailure = false) {
  element("status").textContent = message;
  element("status").classList.toggle("failure", isFailure);
}

/** Says why something failed, and asks to sign in again where the password or key was wrong. */
export function fail(error) {
  if (error.name === "AbortError") return;
  say(error.message, true);
  if (error.status === 401) showConsole(false);
}

/** Does what a control is for, once at a time, and says what `action` returns or why it failed. */
export async function perform(control, action) {
  if (control.ariaBusy === "true") return;
  control.ariaBusy = "true";
  say("Working …");
  try {
    say(await action() ?? "");
  } catch (error) {
    fail(error);
  } finally {
    control.ariaBusy = "false";
  }
}

/** Has forms and buttons, which are named by their ids, do what they are for. */
export function connect(actions) {
  for (const [id, action] of Object.entries(actions)) {
    const control = element(id);
    control.addEventListener(control instanceof HTMLFormElement ? "submit" : "click", (event) => {
      event.preventDefault();
      perform(control, action);
    });
  }
}

/** Shows what the page is for, or asks to sign in. */
export function showConsole(isSignedIn) {
  for (const id of ["console", "sign-out"]) element(id).hidden = !isSignedIn;
  element("sign-in").hidden = isSignedIn;
  if (isSignedIn) element("console").querySelector("h2").focus();
  else element("sign-in").querySelector("input").select();
}

/** An item of a list that can be chosen, with words about it behind its name. */
export function listItem(name, remark, choose) {
  const [item, button, label, small] = ["li", "button", "bdi", "small"].map((tag) => document.createElement(tag));
  button.type = "button";
  label.textContent = name;
  small.textContent = remark;
  button.append(label, small);
  button.addEventListener("click", () => perform(button, choose));
  item.append(button);
  return item;
}

/** Marks the item of that name, and no other. */
export function markChosen(list, name) {
  for (const button of element(list).querySelectorAll("button")) {
    button.ariaCurrent = button.firstChild.textContent === name ? "true" : null;
  }
}

element("sign-out").addEventListener("click", () => location.reload());
