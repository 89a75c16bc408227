// Leave at once and put this page out of the history; without JavaScript the link still leaves.
document.getElementById("leave").addEventListener("click", (event) => {
  event.preventDefault();
  window.location.replace(event.currentTarget.href);
});
