import { Moon, Sun } from "lucide-react";
import { Button } from "@/components/button";
import { messages } from "@/lib/messages";
import { useTheme } from "@/lib/theme";

export function ThemeToggle() {
  const { theme, toggle } = useTheme();
  const label = theme === "dark" ? messages.theme.toLight : messages.theme.toDark;
  return (
    <Button variant="ghost" size="icon" aria-label={label} title={label} onClick={toggle}>
      {theme === "dark" ? <Sun aria-hidden /> : <Moon aria-hidden />}
    </Button>
  );
}
