// The page: its parts, and which of them hears what news.

import {ActDialog} from "./act_dialog.js";
import {Banners} from "./banners.js";
import {ClientsTable} from "./clients_table.js";
import {Detail} from "./detail.js";
import {Diagnose} from "./diagnose.js";
import {byId} from "./dom.js";
import {EventsList} from "./events_list.js";
import {FleetTable} from "./fleet_table.js";
import {Histories} from "./histories.js";
import {Live} from "./live.js";
import {Tiles} from "./tiles.js";
import {takeToken} from "./token.js";
import {Troubles} from "./troubles.js";

const kAgesMs = 1000;

const live = new Live((news) => {
  if (news.state || news.status) banners.draw(live);
  if (news.status) table.drawHeads();
  if (news.all) table.setAll();
  table.draw(news.rows);
  for (const name of news.rows) histories.renew(name);
  if (news.all || news.rows.size > 0) {
    troubles.draw();
    detail.notice(news.rows);
  }
  if (news.events) events.draw();
  if (news.clients) clients.draw();
  tiles.draw(live, troubles.all);
});

const said = takeToken();
const acts = new ActDialog(live, () => {
  banners.draw(live);
  detail.drawActs();
});
const histories = new Histories((name, explanation) => {
  table.setHistory(name, explanation);
  tiles.setMeasures(explanation.measures);
});
const detail = new Detail(live, acts);
const open = (name, opener) => detail.open(name, opener);
const diagnose = new Diagnose(live);
const banners = new Banners(acts);
const tiles = new Tiles();
const table = new FleetTable(live, {open, histories, acts, diagnose});
const troubles = new Troubles(live, {open, acts, showOut: () => table.show("trouble")});
const events = new EventsList(live, open);
const clients = new ClientsTable(live);

byId("open-diagnose").addEventListener("click", () => diagnose.open({}));
byId("pause-host").addEventListener("click", () =>
  acts.ask("pause", {name: "services/-", label: "this whole host"}),
);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment is ours
  byId("fleet-title").focus();
});
// A link with a token may be opened in a tab that has the page.
addEventListener("hashchange", () => {
  const next = takeToken();
  acts.show();
  if (next.get("replica")) open(next.get("replica"), null);
});
setInterval(() => {
  if (document.hidden) return;
  table.drawAges();
  clients.drawAges();
  troubles.drawAges();
}, kAgesMs);

acts.show();
live.start();
if (said.get("replica")) open(said.get("replica"), null);
