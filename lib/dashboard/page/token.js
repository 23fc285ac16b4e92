// The token that lets the page act: from the fragment of its address, which no server and no log ever
// sees, into this tab's own storage. It is nowhere else, and gone with the tab.

const kKey = "fairlead.token";
const kForm = /^[0-9a-f]{64}$/;

// Takes the token out of the address. Returns what else the fragment says.
export function takeToken() {
  const said = new URLSearchParams(location.hash.slice(1));
  const token = said.get("token");
  if (token !== null) {
    if (kForm.test(token)) sessionStorage.setItem(kKey, token);
    said.delete("token");
    const rest = said.toString();
    history.replaceState(null, "", location.pathname + (rest ? "#" + rest : ""));
  }
  return said;
}

export const readToken = () => sessionStorage.getItem(kKey) ?? "";
export const hasToken = () => readToken() !== "";
export const dropToken = () => sessionStorage.removeItem(kKey);
