#!/usr/bin/env bash
# peers.sh start|stop DIR: Postfix and Dovecot as Debian ships them, below DIR, on loopback, with a mailbox and a mail_crypt
# key pair for each of u001 ... u100. 'start' prints the main process ids and how long the start took.
set -euo pipefail
verb=$1 dir=$2
smtp=32025 lmtp=32024 imap=32143 domain=peers.example password=Bench-pass-2046

stop_pid() {
    [ -s "$1" ] || return 0
    local pid
    pid=$(tr -d ' \n' < "$1")
    kill -TERM "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        [ "$(ps -o stat= -p "$pid" 2>/dev/null | cut -c1)" ] || return 0
        [ "$(ps -o stat= -p "$pid" | cut -c1)" = Z ] && return 0
        sleep 0.1
    done
}

if [ "$verb" = stop ]; then
    stop_pid "$dir/dovecot/run/master.pid"
    stop_pid "$dir/postfix/queue/pid/master.pid"
    exit 0
fi

if ! dpkg -s postfix dovecot-imapd dovecot-lmtpd > /dev/null 2>&1; then
    # Packages must not start their own services on this machine.
    policy=/usr/sbin/policy-rc.d made=
    if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; made=1; fi
    { apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postfix dovecot-core dovecot-imapd dovecot-lmtpd; } > "$dir.install.log" 2>&1
    [ -z "$made" ] || rm -f $policy
fi

umask 022
uid=$(id -u mail) gid=$(id -g mail)
mkdir -p "$dir"/{dovecot/run,dovecot/state,log,mail} "$dir"/postfix/{etc,queue,data}
chown "$uid:$gid" "$dir/mail"; chown postfix "$dir/postfix/data"
for i in $(seq -f %03g 100); do
    echo "u$i@$domain:{PLAIN}$password::::::" >> "$dir/dovecot/passwd"
    echo "u$i@$domain x" >> "$dir/postfix/boxes"
done

cat > "$dir/dovecot/dovecot.conf" <<END
base_dir = $dir/dovecot/run
state_dir = $dir/dovecot/state
log_path = $dir/log/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_uid = $uid
mail_gid = $gid
first_valid_uid = $uid
mail_max_userip_connections = 2000
passdb {
  driver = passwd-file
  args = username_format=%u $dir/dovecot/passwd
}
userdb {
  driver = static
  args = uid=$uid gid=$gid home=$dir/mail/%n
}
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  process_limit = 1200
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
mail_attribute_dict = file:%h/dovecot-attributes
mail_plugins = mail_crypt
plugin {
  mail_crypt_curve = prime256v1
  mail_crypt_save_version = 2
}
END

etc=$dir/postfix/etc
cp /usr/share/postfix/master.cf.dist "$etc/master.cf"
for file in dynamicmaps.cf postfix-files; do cp "/etc/postfix/$file" "$etc/"; done
cat > "$etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/postfix/queue
data_directory = $dir/postfix/data
myhostname = mx.$domain
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_tls_security_level = none
alias_maps =
alias_database =
local_recipient_maps =
maillog_file = $dir/log/postfix.log
maillog_file_prefixes = $dir
virtual_mailbox_domains = $domain
virtual_mailbox_maps = texthash:$dir/postfix/boxes
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
END
postconf -c "$etc" -M# smtp/inet
postconf -c "$etc" -M "127.0.0.1:$smtp/inet=127.0.0.1:$smtp inet n - n - - smtpd"
postconf -c "$etc" -F '*/*/chroot=n'

began=$(date +%s%N)
ulimit -n "$(ulimit -Hn)"
dovecot -c "$dir/dovecot/dovecot.conf" > "$dir/log/start.log" 2>&1
postfix -c "$etc" start >> "$dir/log/start.log" 2>&1
for _ in $(seq 100); do
    [ -s "$dir/dovecot/run/master.pid" ] && [ -s "$dir/postfix/queue/pid/master.pid" ] && break
    sleep 0.05
done
ended=$(date +%s%N)
for i in $(seq -f %03g 100); do
    doveadm -c "$dir/dovecot/dovecot.conf" mailbox cryptokey generate -u "u$i@$domain" -U > /dev/null
done
echo "dovecot=$(tr -d ' \n' < "$dir/dovecot/run/master.pid")"
echo "postfix=$(tr -d ' \n' < "$dir/postfix/queue/pid/master.pid")"
echo "ms=$(( (ended - began) / 1000000 ))"
