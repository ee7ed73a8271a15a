import { renderToString } from 'react-dom/server';
import App, { SLOTS } from './App.jsx';

export { SLOTS };

export function render(data) {
  return renderToString(<App data={data} />);
}
