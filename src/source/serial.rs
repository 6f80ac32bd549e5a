//! A serial port: its line's speed and frame, its modem lines, and a break.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use std::{io, num::NonZeroU32};

use rustix::termios::{self, ControlModes, InputModes, OptionalActions, QueueSelector, Termios};
use serial2::SerialPort;
use tokio::task::JoinHandle;

use super::pty::{Identity, Pty, Refusal};

/// Bits per second when none are given: what consoles of servers and hypervisors are set to.
pub const DEFAULT_BAUD: u32 = 115_200;
/// The fastest that can be asked for.
pub const MAX_BAUD: u32 = 4_000_000;
/// How far a port may be off the speed asked for, in hundredths: with more, a character's last bits are misread.
const MAX_DEVIATION: u32 = 3;

/// A serial port and how to talk over it: `DEV[,BAUD[,8N1[,FLOW]]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialLine {
    path: PathBuf,
    /// Bits per second.
    baud: u32,
    /// 5 to 8.
    data_bits: u8,
    parity: Parity,
    two_stop_bits: bool,
    flow: Flow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parity {
    None,
    Even,
    Odd,
}

/// How one end makes the other wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    None,
    /// By the lines RTS and CTS.
    RtsCts,
    /// By Control-S and Control-Q.
    XonXoff,
}

/// What is wrong with `DEV[,BAUD[,8N1[,FLOW]]]`; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Nothing before the first comma.
    #[error("names no device")]
    NoDevice,
    /// Not a number of bits per second.
    #[error("has no speed from 50 to {MAX_BAUD} after its device, such as 115200")]
    Baud,
    /// Not three characters such as 8N1.
    #[error("has no data bits, parity and stop bits after its speed, such as 8N1, 7E1 or 8N2")]
    Frame,
    /// Neither of the two.
    #[error("has neither rtscts nor xonxoff after 8N1")]
    Flow,
    /// A fifth part.
    #[error("is not DEV[,BAUD[,8N1[,FLOW]]], such as /dev/ttyS0,115200,8N1")]
    Form,
}

impl SerialLine {
    /// The device.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what stands after the device, which may be empty.
    pub fn new(path: PathBuf, settings: Option<&str>) -> Result<Self, SerialError> {
        if path.as_os_str().is_empty() {
            return Err(SerialError::NoDevice);
        }
        let mut parts = settings.into_iter().flat_map(|settings| settings.split(','));
        let baud = parts.next().map_or(Ok(DEFAULT_BAUD), baud)?;
        let (data_bits, parity, two_stop_bits) = parts.next().unwrap_or("8N1").parse::<Frame>()?.0;
        let flow = match parts.next() {
            None => Flow::None,
            Some("rtscts") => Flow::RtsCts,
            Some("xonxoff") => Flow::XonXoff,
            Some(_) => return Err(SerialError::Flow),
        };
        if parts.next().is_some() {
            return Err(SerialError::Form);
        }
        Ok(Self { path, baud, data_bits, parity, two_stop_bits, flow })
    }

    /// How many characters the line carries in a second: a start bit before each, and behind it parity and stop bits.
    pub fn characters_per_second(&self) -> NonZeroU32 {
        let parity = u32::from(self.parity != Parity::None);
        let bits = 1 + u32::from(self.data_bits) + parity + 1 + u32::from(self.two_stop_bits);
        NonZeroU32::new(self.baud / bits).unwrap_or(NonZeroU32::MIN)
    }

    /// Makes `line`, which is raw, what is asked for.
    fn apply(&self, line: &mut Termios) -> io::Result<()> {
        let bits = match self.data_bits {
            5 => ControlModes::CS5,
            6 => ControlModes::CS6,
            7 => ControlModes::CS7,
            _ => ControlModes::CS8,
        };
        line.control_modes.remove(ControlModes::CSIZE | ControlModes::PARODD | ControlModes::CMSPAR);
        // Nobody has to pull the carrier line for us to hear the guest.
        line.control_modes.insert(bits | ControlModes::CLOCAL | ControlModes::CREAD);
        line.control_modes.set(ControlModes::PARENB, self.parity != Parity::None);
        line.control_modes.set(ControlModes::PARODD, self.parity == Parity::Odd);
        line.control_modes.set(ControlModes::CSTOPB, self.two_stop_bits);
        line.control_modes.set(ControlModes::CRTSCTS, self.flow == Flow::RtsCts);
        line.input_modes.set(InputModes::IXON | InputModes::IXOFF, self.flow == Flow::XonXoff);
        Ok(line.set_speed(self.baud)?)
    }
}

struct Frame((u8, Parity, bool));

impl FromStr for Frame {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        let [bits @ b'5'..=b'8', parity, stop @ b'1'..=b'2'] = text.as_bytes() else { return Err(SerialError::Frame) };
        let parity = match parity.to_ascii_uppercase() {
            b'N' => Parity::None,
            b'E' => Parity::Even,
            b'O' => Parity::Odd,
            _ => return Err(SerialError::Frame),
        };
        Ok(Self((bits - b'0', parity, *stop == b'2')))
    }
}

fn baud(text: &str) -> Result<u32, SerialError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number: Option<NonZeroU32> = digits.then(|| text.parse().ok()).flatten();
    number.map(NonZeroU32::get).filter(|baud| (50..=MAX_BAUD).contains(baud)).ok_or(SerialError::Baud)
}

impl fmt::Display for SerialLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

/// An open serial port, put back as it was found when dropped.
///
/// Whether the port hangs up at the end (HUPCL: DTR and RTS drop) is left as it was found: a login behind a modem, or on
/// a guest that watches the carrier, ends then, and whoever wants it to stay says `stty -hupcl`.
#[derive(Debug)]
pub struct Serial {
    pty: Pty,
    /// The other end may make us wait.
    can_wait: bool,
}

impl Serial {
    /// Opens and sets the port; see [`Pty::open`].
    pub fn open(line: &SerialLine, before: Option<Identity>, later: bool) -> Result<Self, Refusal> {
        let pty = Pty::open_locked(&line.path, before, later)?;
        let serial = Self { pty, can_wait: line.flow != Flow::None };
        let fd = serial.pty.fd();
        let mut settings = termios::tcgetattr(fd).map_err(io::Error::from)?;
        line.apply(&mut settings)?;
        termios::tcsetattr(fd, OptionalActions::Now, &settings).map_err(io::Error::from)?;
        // The port says what it made of that.
        let set = termios::tcgetattr(fd).map_err(io::Error::from)?;
        if set.output_speed().abs_diff(line.baud) > line.baud / 100 * MAX_DEVIATION {
            return Err(io::Error::other(format!("the port cannot do {} baud", line.baud)).into());
        }
        let frame = ControlModes::CSIZE | ControlModes::PARENB | ControlModes::PARODD | ControlModes::CSTOPB;
        if set.control_modes & frame != settings.control_modes & frame {
            tracing::warn!(%line, "the port does not do the frame that was asked for");
        }
        serial.raise_lines();
        Ok(serial)
    }

    /// Opening raises DTR and RTS, unless somebody has the port open already and took them down. A pseudo-terminal
    /// has neither.
    fn raise_lines(&self) {
        if let Ok(port) = self.port() {
            for (line, raised) in [("DTR", port.set_dtr(true)), ("RTS", port.set_rts(true))] {
                if let Err(error) = raised {
                    tracing::debug!(line, %error, "the line cannot be raised");
                }
            }
        }
    }

    fn port(&self) -> io::Result<SerialPort> {
        port(self.pty.fd())
    }

    pub(super) fn pty(&self) -> &Pty {
        &self.pty
    }
}

impl Drop for Serial {
    // Who closes a port waits until all has left it, by default for up to half a minute. Where the other end holds it
    // back, that is for nothing.
    fn drop(&mut self) {
        if self.can_wait {
            discard_output(&self.pty);
        }
    }
}

fn port(fd: BorrowedFd<'_>) -> io::Result<SerialPort> {
    Ok(SerialPort::from(fd.try_clone_to_owned()?))
}

/// Throws away what the kernel has taken from us and has not sent.
pub(super) fn discard_output(pty: &Pty) {
    if let Err(error) = termios::tcflush(pty.fd(), QueueSelector::OFlush) {
        tracing::debug!(%error, "what waits to be sent cannot be thrown away");
    }
}

/// Sends a break of this length on a terminal device, on a thread of its own: it begins when all has been sent that was
/// written before, and the kernel makes us wait for that. A pseudo-terminal has none, though the kernel lets it pass: an
/// error.
pub(super) fn send_break(pty: &Pty, length: Duration) -> io::Result<JoinHandle<io::Result<()>>> {
    if pty.identity().is_pseudo_terminal() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let port = port(pty.fd())?;
    Ok(tokio::task::spawn_blocking(move || {
        port.set_break(true)?;
        std::thread::sleep(length);
        port.set_break(false)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::pty::testing::new_pty;

    fn line(text: &str) -> Result<SerialLine, SerialError> {
        let (path, settings) = text.split_once(',').map_or((text, None), |(path, rest)| (path, Some(rest)));
        SerialLine::new(path.into(), settings)
    }

    #[test]
    fn what_is_left_out_is_the_usual() {
        let usual = line("/dev/ttyS0").expect("a device");
        assert_eq!((usual.baud, usual.data_bits, usual.flow), (115_200, 8, Flow::None));
        for text in ["/dev/ttyS0,115200", "/dev/ttyS0,115200,8N1", "/dev/ttyS0,115200,8n1"] {
            assert_eq!(line(text).as_ref(), Ok(&usual), "{text}");
        }
        let odd = line("/dev/ttyUSB0,74880,7O2,rtscts").expect("all of it");
        assert_eq!((odd.baud, odd.data_bits, odd.parity), (74_880, 7, Parity::Odd));
        assert!(odd.two_stop_bits && odd.flow == Flow::RtsCts);
    }

    #[test]
    fn wrong_ones_say_what_would_be_right() {
        for (text, error) in [
            ("", SerialError::NoDevice),
            (",9600", SerialError::NoDevice),
            ("/dev/ttyS0,", SerialError::Baud),
            ("/dev/ttyS0,49", SerialError::Baud),
            ("/dev/ttyS0,4000001", SerialError::Baud),
            ("/dev/ttyS0,+9600", SerialError::Baud),
            ("/dev/ttyS0,9600,", SerialError::Frame),
            ("/dev/ttyS0,9600,9N1", SerialError::Frame),
            ("/dev/ttyS0,9600,8X1", SerialError::Frame),
            ("/dev/ttyS0,9600,8N3", SerialError::Frame),
            ("/dev/ttyS0,9600,8N10", SerialError::Frame),
            ("/dev/ttyS0,9600,8N1,dtrdsr", SerialError::Flow),
            ("/dev/ttyS0,9600,8N1,rtscts,1", SerialError::Form),
        ] {
            assert_eq!(line(text), Err(error), "{text}");
        }
        assert!(line("/dev/ttyS0,50").is_ok() && line("/dev/ttyS0,4000000").is_ok());
    }

    #[tokio::test]
    async fn a_port_is_set_and_put_back() {
        let (master, path) = new_pty();
        let settings = || termios::tcgetattr(&master).expect("settings");
        let before = settings();
        // A pseudo-terminal keeps any speed, and 8N whatever was asked for.
        let text = format!("{},74880,8N2,xonxoff", path.display());
        let serial = Serial::open(&line(&text).expect("right"), None, false).expect("opens");
        let set = settings();
        assert_eq!((set.output_speed(), set.input_speed()), (74_880, 74_880));
        assert!(set.control_modes.contains(ControlModes::CLOCAL | ControlModes::CREAD | ControlModes::CSTOPB));
        assert!(set.input_modes.contains(InputModes::IXON | InputModes::IXOFF));
        assert!(!set.local_modes.contains(termios::LocalModes::ICANON));
        assert_eq!(set.control_modes & ControlModes::HUPCL, before.control_modes & ControlModes::HUPCL);
        drop(serial);
        let after = settings();
        assert_eq!(after.output_speed(), before.output_speed());
        assert_eq!((after.control_modes, after.input_modes), (before.control_modes, before.input_modes));
    }

    #[tokio::test]
    async fn another_program_on_the_port_is_respected() {
        use rustix::fs::OFlags;
        let (master, path) = new_pty();
        let other = rustix::fs::open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK, 0.into());
        let other = other.expect("opens");
        rustix::fs::flock(&other, rustix::fs::FlockOperation::NonBlockingLockExclusive).expect("locked");
        let line = SerialLine::new(path.clone(), None).expect("right");
        // A line that has no end yet could be read if the port had been raw in between.
        rustix::io::write(&master, b"unfinished").expect("writes");
        let Err(Refusal::Open(error)) = Serial::open(&line, None, false) else { panic!("it is not free") };
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::BUSY.raw_os_error()));
        assert_eq!(rustix::io::read(&other, &mut [0; 16]), Err(rustix::io::Errno::AGAIN), "its settings are untouched");
        drop(other);
        Serial::open(&line, None, false).expect("free now");
    }

    #[test]
    fn a_frame_becomes_flags() {
        let (master, _path) = new_pty();
        let mut settings = termios::tcgetattr(&master).expect("settings");
        line("x,9600,7E1,rtscts").expect("right").apply(&mut settings).expect("a speed");
        let modes = settings.control_modes;
        assert_eq!(modes & ControlModes::CSIZE, ControlModes::CS7);
        assert!(modes.contains(ControlModes::PARENB | ControlModes::CRTSCTS));
        assert!(!modes.intersects(ControlModes::PARODD | ControlModes::CSTOPB));
        line("x,9600,5O2").expect("right").apply(&mut settings).expect("a speed");
        let modes = settings.control_modes;
        assert_eq!(modes & ControlModes::CSIZE, ControlModes::CS5);
        assert!(modes.contains(ControlModes::PARENB | ControlModes::PARODD | ControlModes::CSTOPB));
        assert!(!modes.contains(ControlModes::CRTSCTS));
    }

    #[tokio::test]
    async fn a_pseudo_terminal_has_no_break() {
        let (_master, path) = new_pty();
        let pty = Pty::open(&path, None, false).expect("opens");
        assert!(send_break(&pty, Duration::ZERO).is_err());
    }

    #[test]
    fn a_line_carries_so_many_characters() {
        for (text, characters) in
            [("x", 11_520), ("x,9600", 960), ("x,9600,7E1", 960), ("x,9600,8E2", 800), ("x,50,8N1", 5)]
        {
            assert_eq!(line(text).expect("right").characters_per_second().get(), characters, "{text}");
        }
    }
}
