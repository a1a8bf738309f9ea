import { CircleHelp, MessageSquarePlus, ThumbsUp, Zap } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { problemWords } from "@/api/client";
import type { AlertOut, FeedbackRequest } from "@/api/generated/wattwarden";
import { useMe } from "@/api/queries";
import { Button } from "@/components/button";
import { TextField } from "@/components/text-field";
import { useFeedback } from "@/features/alerts/use-feedback";
import { FormError } from "@/features/auth/form-error";
import { cn } from "@/lib/cn";
import { messages } from "@/lib/messages";

type Verdict = FeedbackRequest["verdict"];

const VERDICTS: { verdict: Verdict; icon: typeof Zap }[] = [
  { verdict: "real", icon: Zap },
  { verdict: "expected", icon: ThumbsUp },
  { verdict: "unsure", icon: CircleHelp },
];
const NOTE_LIMIT = 1_000;

interface NoteFormProps {
  note: string;
  saving: boolean;
  onSave: (note: string) => void;
}

function NoteForm({ note, saving, onSave }: NoteFormProps) {
  const [text, setText] = useState(note);
  const save = (event: FormEvent) => {
    event.preventDefault();
    onSave(text.trim());
  };
  return (
    <form onSubmit={save} className="flex items-end gap-2">
      <div className="min-w-0 flex-1">
        <TextField
          label={messages.feedback.note}
          value={text}
          maxLength={NOTE_LIMIT}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button type="submit" variant="outline" disabled={saving}>
        {messages.feedback.save}
      </Button>
    </form>
  );
}

/** Real, expected or unsure: one press each, changeable at any time, with a note for whoever wants to say more. */
export function FeedbackButtons({ alert, className }: { alert: AlertOut; className?: string }) {
  const feedback = useFeedback(alert);
  const me = useMe();
  const questionId = useId();
  const [noting, setNoting] = useState(false);
  const said = alert.feedback;
  if (!me.data?.may.includes("acknowledge")) {
    return said ? <FeedbackWords said={said} className={className} /> : null;
  }
  const mine = said !== null && said.user_id === me.data.user_id;
  return (
    <div className={cn("space-y-2", className)}>
      <div className="flex flex-wrap items-center gap-1.5">
        <span id={questionId} className="text-xs text-soft">
          {messages.feedback.question}
        </span>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a row everywhere */}
        <div role="group" aria-labelledby={questionId} className="flex flex-wrap gap-1.5">
          {VERDICTS.map(({ verdict, icon: Icon }) => (
            <Button
              key={verdict}
              size="sm"
              variant={said?.verdict === verdict ? "solid" : "outline"}
              aria-pressed={said?.verdict === verdict}
              onClick={() => feedback.mutate({ verdict, note: mine ? said.note : null })}
            >
              <Icon aria-hidden />
              {messages.feedback.verdict[verdict]}
            </Button>
          ))}
        </div>
        {said && (
          <Button
            size="sm"
            variant="ghost"
            aria-expanded={noting}
            onClick={() => setNoting(!noting)}
          >
            <MessageSquarePlus aria-hidden />
            {mine && said.note ? messages.feedback.changeNote : messages.feedback.addNote}
          </Button>
        )}
      </div>
      {said && <FeedbackWords said={said} />}
      {said && noting && (
        <NoteForm
          note={mine ? (said.note ?? "") : ""}
          saving={feedback.isPending}
          onSave={(note) => {
            feedback.mutate({ verdict: said.verdict, note: note || null });
            setNoting(false);
          }}
        />
      )}
      {feedback.isError && (
        <FormError>{messages.feedback.failed(problemWords(feedback.error))}</FormError>
      )}
    </div>
  );
}

interface FeedbackWordsProps {
  said: NonNullable<AlertOut["feedback"]>;
  className?: string;
}

function FeedbackWords({ said, className }: FeedbackWordsProps) {
  return (
    <p className={cn("text-xs text-soft", className)}>
      {messages.feedback.said(said.by, messages.feedback.verdict[said.verdict])}
      {said.note && <q className="ml-1">{said.note}</q>}
    </p>
  );
}
