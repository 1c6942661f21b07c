// OpenID Connect Session Management 1.0 section 3.2: a client's page posts "client_id session_state" and is told whether
// the state of this browser is still the one that session_state was made of.
const cookie = document.currentScript.dataset.cookie;

function browserState() {
  const pair = document.cookie.split("; ").find((pair) => pair.startsWith(cookie + "="));
  return pair ? pair.slice(cookie.length + 1) : "";
}

async function judge(data, origin) {
  const words = typeof data === "string" ? data.split(" ") : [];
  const [clientId, sessionState] = words;
  const salt = sessionState?.split(".")[1];
  if (words.length !== 2 || !clientId || !salt) return "error";
  const text = new TextEncoder().encode([clientId, origin, browserState(), salt].join(" "));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const hash = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return sessionState === hash + "." + salt ? "unchanged" : "changed";
}

addEventListener("message", async (event) => {
  if (!event.source || event.source === window || event.origin === "null") return;
  event.source.postMessage(await judge(event.data, event.origin), event.origin);
});
