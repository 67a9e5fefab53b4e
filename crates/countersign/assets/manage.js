// Helps in the dashboard where there is script; every page works without.
"use strict";

// What is marked as live is asked for again every minute, while somebody can see it.
const live = document.querySelector("[data-live]");
if (live) {
  const address = new URL(location.href);
  // To ask with it would choose the language again, against what was chosen in another tab meanwhile.
  address.searchParams.delete("lang");
  address.hash = "";
  let isAsking = false;

  // The reader keeps what is open, how far it is scrolled, and the place of the keyboard.
  const replaceBy = (fresh) => {
    const open = [...live.querySelectorAll("details[open]")].map((details) => details.id);
    const scrolled = [...live.querySelectorAll(".scroll")].map((region) => [region.id, region.scrollLeft]);
    const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
    live.replaceChildren(...fresh.childNodes);
    for (const id of open) {
      document.getElementById(id)?.setAttribute("open", "");
    }
    for (const [id, left] of scrolled) {
      const region = document.getElementById(id);
      if (region) {
        region.scrollLeft = left;
      }
    }
    document.getElementById(focused)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    if (document.hidden || isAsking) {
      return;
    }
    isAsking = true;
    try {
      const answer = await fetch(address, { cache: "no-store", redirect: "manual" });
      // Led away, or refused: the session is over, or opens less than before. The browser goes there itself.
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        clearInterval(timer);
        location.replace(address);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (!answer.ok || !fresh) {
        return;
      }
      if (page.documentElement.lang !== document.documentElement.lang) {
        clearInterval(timer);
        location.replace(address);
        return;
      }
      replaceBy(fresh);
    } catch {
      // The network is away: what is shown says of when it is, and a minute later it is tried again.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(refresh, 60_000);
  // Whoever comes back to the tab sees no old numbers.
  document.addEventListener("visibilitychange", refresh);
}

// A secret that is shown once is copied by a button; who runs no script selects it by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    field.select();
    // Where the browser does not let us, the field stays selected, to be copied by hand.
    navigator.clipboard.writeText(field.value).then(() => {
      button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
    }, () => {});
  });
}

// A page with such a secret answers a form: whoever loads it again sees the list, and is not asked to send the form again.
if (document.querySelector("[data-once]")) {
  history.replaceState(null, "", location.pathname);
}
