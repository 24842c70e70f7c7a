import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

function Shop() {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    fetch("/api/items").then((response) => response.json()).then(setAnswer);
  }, []);
  if (!answer) return <p>Loading...</p>;
  return (
    <main>
      <h1>Shop, served from {answer.region}</h1>
      <ul>
        {answer.items.map((item) => (
          <li key={item.id}>{item.name}: {item.price}</li>
        ))}
      </ul>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Shop />);
