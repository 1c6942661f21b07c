addEventListener("load", () => document.getElementById("onward").click());
