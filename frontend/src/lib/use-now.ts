import { useEffect, useState } from "react";

/** Milliseconds since 1970, renewed every `everyMs`: for ages that must grow while the page is open. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
