import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { AlertOut, FeedbackRequest } from "@/api/generated/wattwarden";
import { useInbox } from "@/api/queries";
import { FeedbackButtons } from "@/features/alerts/feedback-buttons";
import { startSession } from "@/features/auth/session";
import { messages } from "@/lib/messages";
import { alert, MANAGER } from "../../../test/fixtures";
import { renderPage } from "../../../test/render";
import { problem, server } from "../../../test/server";

const words = messages.feedback;
const said: FeedbackRequest[] = [];
let shown: AlertOut;

beforeEach(() => {
  said.length = 0;
  shown = alert();
  startSession({
    idToken: "id",
    accessToken: "access",
    refreshToken: "refresh",
    expiresAt: Date.now() + 3_600_000,
  });
  server.use(
    http.get("*/api/v1/alerts", ({ request }) => {
      const open = new URL(request.url).searchParams.get("state") === "open";
      return HttpResponse.json({ alerts: open ? [shown] : [], next_before: null });
    }),
    http.post("*/api/v1/alerts/:id/feedback", async ({ request }) => {
      const body = (await request.json()) as FeedbackRequest;
      said.push(body);
      const feedback = {
        verdict: body.verdict,
        note: body.note ?? null,
        user_id: MANAGER.user_id,
        by: MANAGER.name,
        at: "2026-03-01T10:05:00Z",
      };
      shown = { ...shown, feedback };
      return HttpResponse.json(shown);
    }),
  );
});

/** The buttons of the inbox's alerts, without the page around them. */
function Inbox() {
  const inbox = useInbox(1);
  return inbox.data?.map((one) => <FeedbackButtons key={one.alert_id} alert={one} />);
}

async function inboxButtons() {
  renderPage(<Inbox />);
  return within(await screen.findByRole("group", { name: words.question }));
}

it("takes a verdict with one press, shows who gave it, and takes another", async () => {
  const buttons = await inboxButtons();
  await userEvent.click(buttons.getByRole("button", { name: words.verdict.expected }));
  expect(
    await screen.findByText(words.said(MANAGER.name, words.verdict.expected)),
  ).toBeInTheDocument();
  expect(
    buttons.getByRole("button", { name: words.verdict.expected, pressed: true }),
  ).toBeVisible();

  await userEvent.click(buttons.getByRole("button", { name: words.verdict.real }));
  expect(await screen.findByText(words.said(MANAGER.name, words.verdict.real))).toBeInTheDocument();
  expect(
    buttons.getByRole("button", { name: words.verdict.expected, pressed: false }),
  ).toBeVisible();
  expect(said.map((one) => one.verdict)).toEqual(["expected", "real"]);
});

it("works from the keyboard alone, note and all", async () => {
  const buttons = await inboxButtons();
  buttons.getByRole("button", { name: words.verdict.real }).focus();
  await userEvent.keyboard("{Enter}");
  const addNote = await screen.findByRole("button", { name: words.addNote });
  await userEvent.tab(); // expected
  await userEvent.tab(); // unsure
  await userEvent.tab();
  expect(addNote).toHaveFocus();
  await userEvent.keyboard(" ");
  await userEvent.type(await screen.findByLabelText(words.note), "a heater{Enter}");
  expect(await screen.findByText("a heater")).toBeInTheDocument();
  expect(said.at(-1)).toEqual({ verdict: "real", note: "a heater" });

  await userEvent.click(buttons.getByRole("button", { name: words.verdict.unsure }));
  expect(said.at(-1)).toEqual({ verdict: "unsure", note: "a heater" });
});

it("takes the verdict back when the server refuses, and says why", async () => {
  server.use(http.post("*/api/v1/alerts/:id/feedback", () => problem(503, "Try again.")));
  const buttons = await inboxButtons();
  await userEvent.click(buttons.getByRole("button", { name: words.verdict.real }));
  expect(await screen.findByText(words.failed("Try again."))).toBeInTheDocument();
  expect(buttons.getByRole("button", { name: words.verdict.real, pressed: false })).toBeVisible();
});

it("shows a viewer what was said and asks nothing", async () => {
  shown = alert({
    feedback: { verdict: "real", note: null, user_id: 8, by: "Meera", at: "2026-03-01T10:05:00Z" },
  });
  server.use(
    http.get("*/api/v1/me", () =>
      HttpResponse.json({ ...MANAGER, role: "viewer", name: "Visitor", may: [] }),
    ),
  );
  renderPage(<Inbox />);
  expect(await screen.findByText(words.said("Meera", words.verdict.real))).toBeInTheDocument();
  expect(screen.queryByRole("group", { name: words.question })).not.toBeInTheDocument();
});
