// Helps in the dashboard where there is script; every page works without.
"use strict";

// A secret that is shown once is copied by a button; who runs no script selects it by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    field.select();
    navigator.clipboard.writeText(field.value).then(() => {
      button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
    });
  });
}

// A page with such a secret answers a form: whoever loads it again sees the list, and is not asked to send the form again.
if (document.querySelector("[data-once]")) {
  history.replaceState(null, "", location.pathname);
}
