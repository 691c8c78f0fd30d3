// What every page of a project's admins needs: buttons that call the server, and parts that follow it.
import { listen } from "./forms.js";
import { follow } from "./live.js";

listen(document);
const parts = document.querySelectorAll("[data-part]");
if (parts.length) follow(document.body.dataset.project);
if (document.getElementById("quality")) import("./quality.js");
if (document.getElementById("forecast")) import("./forecast.js");
