// Helps where there is script; every page works without.
"use strict";

// A letter's token comes in the fragment, which no server sees: into its field with it, and out of the address.
for (const field of document.querySelectorAll("[data-fragment]")) {
  const token = new URLSearchParams(location.hash.slice(1)).get(field.dataset.fragment);
  if (token) {
    field.value = token;
    // Whoever chooses another language keeps it.
    for (const link of document.querySelectorAll("[hreflang]")) {
      link.hash = location.hash;
    }
    history.replaceState(null, "", location.pathname + location.search);
  }
}

// Moments in the time of whoever reads them.
const moments = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.getTime())) {
    time.textContent = moments.format(moment);
  }
}

// What is left of a lock, counted down. Not by the clock of the day, which is wrong on many a phone.
for (const left of document.querySelectorAll("[data-seconds]")) {
  const end = performance.now() + Number(left.dataset.seconds) * 1000;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds > 0) {
      setTimeout(tick, 1000);
    }
  };
  tick();
}

// What was refused is read out first.
document.querySelector(".problem")?.focus();
