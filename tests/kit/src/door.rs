//! A door before a service: open, shut as when it is down, or hanging as when nothing comes back.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

#[derive(Clone)]
pub struct Door {
    pub url: String,
    state: Arc<Mutex<State>>,
    visits: Arc<AtomicUsize>,
}

struct State {
    stands: Stands,
    /// Both ends of every connection that went through, to be cut when the door is moved.
    connections: Vec<TcpStream>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Open,
    Shut,
    Hanging,
}

impl Door {
    pub fn before(service: SocketAddr) -> Door {
        Door::at(IpAddr::V4(Ipv4Addr::LOCALHOST), service)
    }

    /// At another address of this machine.
    pub fn at(address: IpAddr, service: SocketAddr) -> Door {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State { stands: Stands::Open, connections: Vec::new() }));
        let visits = Arc::new(AtomicUsize::new(0));
        let door = Door { url, state: state.clone(), visits: visits.clone() };
        std::thread::spawn(move || {
            for visitor in listener.incoming().flatten() {
                visits.fetch_add(1, Ordering::SeqCst);
                let mut state = state.lock().expect("nobody panicked");
                match state.stands {
                    Stands::Open => state.connections.extend(join(visitor, service).into_iter().flatten()),
                    Stands::Shut => drop(visitor),
                    Stands::Hanging => state.connections.push(visitor),
                }
            }
        });
        door
    }

    pub fn opens(&self) {
        self.turns(Stands::Open);
    }

    /// From now on the service can't be reached.
    pub fn shuts(&self) {
        self.turns(Stands::Shut);
    }

    /// From now on requests get in and no answer comes out.
    pub fn hangs(&self) {
        self.turns(Stands::Hanging);
    }

    /// How many came until now, however the door stood. One who stays is counted once, whatever they ask.
    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    fn turns(&self, stands: Stands) {
        let mut state = self.state.lock().expect("nobody panicked");
        state.stands = stands;
        for connection in state.connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// Carries bytes both ways until one side ends.
fn join(visitor: TcpStream, service: SocketAddr) -> io::Result<[TcpStream; 2]> {
    let service = TcpStream::connect(service)?;
    for (from, to) in [(&visitor, &service), (&service, &visitor)] {
        to.set_nodelay(true)?;
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        std::thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok([visitor, service])
}
