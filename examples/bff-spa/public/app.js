const $ = (id) => document.getElementById(id);

/** Calls the back-end. The header tells it that the call is this page's own. */
async function call(method, path, body) {
  const headers = { "X-Countersign": "1", ...(body && { "Content-Type": "application/json" }) };
  const response = await fetch(`/bff/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const answer = await response.json();
  if (response.ok) return answer;
  if (response.status === 401 && path.startsWith("api/")) show(null);
  throw new Error([answer.message, ...(answer.solutions ?? [])].join(" "));
}

function show(user) {
  $("login").hidden = user !== null;
  $("inside").hidden = user === null;
  $("who").textContent = user ? `${user.email} (${user.roles.join(", ")})` : "";
  $("sessions").replaceChildren();
}

/** Runs what a person asked for, and says what went wrong. */
const doing = (work) => async (event) => {
  event?.preventDefault();
  $("said").textContent = "";
  try {
    await work(event);
  } catch (error) {
    $("said").textContent = error.message;
  }
};

$("login").addEventListener("submit", doing(async (event) => {
  const form = event.target;
  const { user } = await call("POST", "login", Object.fromEntries(new FormData(form)));
  form.reset();
  show(user);
}));

$("load").addEventListener("click", doing(async () => {
  const { items } = await call("GET", "api/securitymanagement/sessions");
  $("sessions").replaceChildren(...items.map((session) => {
    const item = document.createElement("li");
    item.textContent = `since ${new Date(session.createdAt).toLocaleString()}`;
    return item;
  }));
}));

$("logout").addEventListener("click", doing(async () => {
  const { serverKnows } = await call("POST", "logout");
  show(null);
  $("said").textContent = serverKnows ? "You are logged out." : "You are logged out here; the service could not be told.";
}));

doing(async () => show((await call("GET", "session")).user))();
