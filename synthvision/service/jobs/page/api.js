// The service's API. The token goes in a header that only this page's code sets: no cookie, nothing in an address.

const BASE = "/api/v1";
const KEY = "synthvision-token";

export class Refusal extends Error {
  constructor(status, detail, problems) {
    super(detail);
    this.status = status;
    this.problems = problems;
  }
}

let askForToken = () => {};
export const onLogin = (ask) => { askForToken = ask; };
export const setToken = (token) => sessionStorage.setItem(KEY, token);

export async function request(method, path, { body, type, signal } = {}) {
  const headers = {};
  const token = sessionStorage.getItem(KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (type) headers["Content-Type"] = type;
  let response;
  try {
    response = await fetch(BASE + path, { method, headers, body, signal, credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "the service does not answer", []);
  }
  if (response.ok) return response;
  let said = {};
  try { said = await response.json(); } catch { /* not from the service: the status has to do */ }
  if (response.status === 401) askForToken();
  throw new Refusal(response.status, said.detail || response.statusText, said.problems || []);
}

export const get = async (path) => (await request("GET", path)).json();
export const text = async (path) => (await request("GET", path)).text();
export const blob = async (path) => (await request("GET", path)).blob();
export const remove = (path) => request("DELETE", path);

export async function post(path, data, signal) {
  const body = data === undefined ? undefined : JSON.stringify(data);
  return (await request("POST", path, { body, type: body && "application/json", signal })).json();
}

export const put = async (path, file) => (await request("PUT", path, { body: file, type: "application/octet-stream" })).json();

// Server-sent events by fetch: EventSource cannot send the token.
export async function listen(path, handlers, opened) {
  const response = await request("GET", path);
  opened();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      let name = "message";
      let data = "";
      for (const line of part.split("\n")) {
        if (line.startsWith("event: ")) name = line.slice(7);
        if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (data && handlers[name]) handlers[name](JSON.parse(data));
    }
  }
}
