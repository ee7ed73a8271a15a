import { hydrateRoot } from 'react-dom/client';
import App from './App.jsx';

// The first render is made from what the server's was made from, so that nothing changes before the shopper does something.
const data = JSON.parse(document.getElementById('page-data').textContent);

if (data.product) hydrateRoot(document.getElementById('root'), <App data={data} />);
