// Helps in the dashboard where there is script; every page works without.
"use strict";
