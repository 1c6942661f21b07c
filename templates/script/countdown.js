const wait = document.getElementById("resend-wait");
if (wait) {
  const button = document.getElementById("resend-submit"), end = Date.now() + 1000 * wait.dataset.wait;
  const text = wait.textContent, started = wait.dataset.wait;
  button.disabled = true;
  const tick = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left > 0 && started < 120) wait.textContent = text.replace(started, left);
    if (left <= 0) {
      clearInterval(tick);
      wait.hidden = true;
      button.disabled = false;
    }
  }, 500);
}
